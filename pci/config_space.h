#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "pci/register.h"

namespace vireo::pci {

constexpr uint16_t kConfigSize = 256;           // PCI 3.0 6.1
constexpr uint16_t kExtendedConfigSize = 4096;  // PCIe 6.0 7.2.2

// The bytes of one function's configuration space with what a guest's store does to each bit.
// A store of any width and alignment is a byte merge. Not thread-safe: its function locks.
class ConfigSpace {
 public:
  // Declare a register of the header (base 0) or of a capability at `base`, with its reset value.
  void define(const Register& reg, uint16_t base = 0) { define(reg, base, reg.reset()); }
  // The same with a value known only at run time.
  void define(const Register& reg, uint16_t base, uint32_t value);

  // What a guest reads. width 1, 2 or 4; what reaches past the end reads all-ones there.
  uint32_t read(uint16_t offset, unsigned width) const noexcept;
  // What a guest's store does: writable bits taken, write-one-clears bits cleared, the rest kept.
  void write(uint16_t offset, unsigned width, uint32_t value) noexcept;

  // Our own stores: no masks.
  void set(uint16_t offset, unsigned width, uint32_t value) noexcept;
  // Our own masks, for what no Register can declare (a BAR's depend on its size).
  void set_writable(uint16_t offset, unsigned width, uint32_t mask) noexcept;

  // Remember the present bytes as what reset() brings back.
  void seal() { reset_ = bytes_; }
  void reset() noexcept { bytes_ = reset_; }

  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  std::array<uint8_t, kExtendedConfigSize> bytes_ = {};
  std::array<uint8_t, kExtendedConfigSize> reset_ = {};
  std::array<uint8_t, kExtendedConfigSize> writable_ = {};
  std::array<uint8_t, kExtendedConfigSize> clears_ = {};
};

}  // namespace vireo::pci
