#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vmm/platform/interrupts.h"

namespace vireo::pci {

constexpr unsigned kMaxMsixVectors = 2048;  // PCIe 6.0 7.7.2.2
constexpr unsigned kMsixEntrySize = 16;

// The vectors that a store touched: [first, first + count), empty when none changed.
struct MsixChange {
  unsigned first = 0;
  unsigned count = 0;
};

// An MSI-X table as the guest sees it: messages and mask bits. Pure state; what fires and what is pending is its
// function's business. Source: PCIe 6.0 7.7.2.5 to 7.7.2.9.
class MsixTable {
 public:
  // Precondition: 1 <= vectors <= kMaxMsixVectors.
  explicit MsixTable(unsigned vectors);

  unsigned vectors() const { return static_cast<unsigned>(entries_.size()); }
  uint64_t size() const { return uint64_t{vectors()} * kMsixEntrySize; }

  // `offset` is from the table's start; what lies outside reads all-ones, is dropped on a store.
  void read(uint64_t offset, std::span<uint8_t> data) const noexcept;
  MsixChange write(uint64_t offset, std::span<const uint8_t> data) noexcept;

  platform::MsiMessage message(unsigned vector) const noexcept;
  bool masked(unsigned vector) const noexcept;

  // All vectors masked, messages zero.
  void reset() noexcept;

 private:
  struct Entry {
    uint32_t address_low;
    uint32_t address_high;
    uint32_t data;
    uint32_t control;
  };
  static_assert(sizeof(Entry) == kMsixEntrySize);

  std::vector<Entry> entries_;
};

}  // namespace vireo::pci
