#pragma once

#include <array>
#include <cstdint>

#include "pci/standard.h"
#include "vmm/base/address.h"
#include "vmm/base/event_fd.h"

namespace vireo::pci {

constexpr unsigned kBars = 7;  // six base address registers, and the expansion ROM's
constexpr unsigned kRomIndex = 6;

enum class BarKind : uint8_t { kNone, kIo, kMemory32, kMemory64, kRom };

// A base address register: what it decodes. A 64-bit one takes two registers; the upper one's kind is kNone.
// Source: PCIe 6.0 7.5.1.2.1, 7.5.1.2.4 (ROM).
struct Bar {
  BarKind kind = BarKind::kNone;
  uint64_t size = 0;  // a power of two: memory at least 16, I/O at least 4, a ROM at least 2 KiB
  bool prefetchable = false;
  constexpr auto operator<=>(const Bar&) const = default;
};
using Bars = std::array<Bar, kBars>;

// Where BAR `index` stands in a type 0 header.
constexpr uint16_t bar_register(unsigned index) {
  return index == kRomIndex ? kRomBar : static_cast<uint16_t>(kFirstBar + 4 * index);
}

// A part of a BAR that the guest reaches without an exit; page-aligned.
struct DirectRegion {
  uint64_t offset = 0;  // in the BAR
  base::HostAddress host;
  uint64_t size = 0;
  bool read_only = false;
};

// A register of a BAR whose stores only signal, without an exit.
struct BarDoorbell {
  uint64_t offset = 0;  // in the BAR
  uint32_t width = 0;   // bytes; 0: any
  const base::EventFd* event = nullptr;
};

}  // namespace vireo::pci
