#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vmm/platform/guest_memory.h"

namespace vireo::boot {

// Source: ACPI 6.5 15, table 15.2; Linux and hvm_start_info use the same numbers.
enum class MemoryType : uint32_t { kRam = 1, kReserved = 2, kAcpi = 3 };

struct E820Entry {
  base::GuestRange range;
  MemoryType type = MemoryType::kReserved;
  auto operator<=>(const E820Entry&) const = default;
};

// Most entries a zero page holds (E820_MAX_ENTRIES_ZEROPAGE).
constexpr size_t kE820Limit = 128;

// Return the guest's memory map, ascending: RAM without the area from the EBDA to 1 MiB, and what is reserved:
// EBDA, ACPI and SMBIOS tables, ECAM, KVM's own pages.
std::vector<E820Entry> make_e820(std::span<const platform::RamRegion> ram);

}  // namespace vireo::boot
