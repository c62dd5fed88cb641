#pragma once

#include <array>
#include <cstdint>

#include "vmm/base/address.h"

namespace vireo::pci {

constexpr unsigned kBars = 6;

enum class BarKind : uint8_t { kNone, kIo, kMemory32, kMemory64 };

// A base address register: what it decodes. A 64-bit one takes two registers; the upper one's kind is kNone.
// Source: PCIe 6.0 7.5.1.2.1.
struct Bar {
  BarKind kind = BarKind::kNone;
  uint64_t size = 0;  // a power of two: memory at least 16, I/O at least 4
  bool prefetchable = false;
  constexpr auto operator<=>(const Bar&) const = default;
};
using Bars = std::array<Bar, kBars>;

// A part of a BAR that the guest reaches without an exit; page-aligned.
struct DirectRegion {
  uint64_t offset = 0;  // in the BAR
  base::HostAddress host;
  uint64_t size = 0;
  bool read_only = false;
};

}  // namespace vireo::pci
