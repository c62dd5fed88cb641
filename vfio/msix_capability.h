#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "pci/capability_registers.h"

namespace vireo::vfio {

// A BAR of vireo's own for an MSI-X table: the table from its start, the pending bits from its half.
// Units: bytes; at least a page, so that nothing else is in it.
constexpr uint64_t msix_bar_size(unsigned vectors) {
  return std::bit_ceil(std::max<uint64_t>(uint64_t{vectors} * 32, 4096));
}

// Where a guest finds table and pending bits, and where the device's own pending bits are. Source: PCIe 6.0 7.7.2.
struct MsixLayout {
  uint16_t offset = 0;  // of the capability; 0: none
  unsigned vectors = 0;
  unsigned table_bar = 0;
  uint64_t table_offset = 0;
  unsigned pba_bar = 0;
  uint64_t pba_offset = 0;
  bool relocated = false;  // to a BAR that the device does not have
  unsigned own_pba_bar = 0;
  uint64_t own_pba_offset = 0;

  // The PBA has a bit a vector, in whole quadwords. PCIe 6.0 7.7.2.10.
  uint64_t pba_size() const { return (uint64_t{vectors} + 63) / 64 * 8; }
};

// What a device's MSI capability says. Source: PCIe 6.0 7.7.1.
struct MsiLayout {
  uint16_t offset = 0;
  bool is_64bit = false;
  bool maskable = false;
  unsigned vectors = 0;  // 1 to 32, what the device asks for

  uint16_t data() const { return static_cast<uint16_t>(offset + (is_64bit ? 12 : 8)); }
  uint16_t mask() const { return static_cast<uint16_t>(offset + (is_64bit ? 16 : 12)); }
  uint16_t pending() const { return static_cast<uint16_t>(mask() + 4); }
};

using pci::kMsixEnable;
using pci::kMsixFunctionMask;
constexpr uint16_t kMsiEnable = 1 << 0;  // PCIe 6.0 7.7.1.2

}  // namespace vireo::vfio
