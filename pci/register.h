#pragma once

#include <array>
#include <cstdint>

namespace vireo::pci {

// What a guest's store does to a field.
enum class Access : uint8_t { kReadOnly, kReadWrite, kWriteOneClears };

// Bits [low, low + bits) of a register.
struct Field {
  uint8_t low = 0;
  uint8_t bits = 0;  // 0: no field
  Access access = Access::kReadOnly;
  uint32_t reset = 0;

  constexpr uint32_t mask() const {
    return bits == 0 ? 0 : (bits >= 32 ? ~uint32_t{0} : ((uint32_t{1} << bits) - 1)) << low;
  }
  constexpr uint32_t place(uint32_t value) const { return (value << low) & mask(); }
  constexpr uint32_t extract(uint32_t whole) const { return (whole & mask()) >> low; }
};

// A register of the configuration space, declared once: masks and the reset value are derived from its fields.
struct Register {
  uint16_t offset = 0;  // from the start of the header or capability
  uint8_t width = 0;    // bytes: 1, 2 or 4
  std::array<Field, 12> fields = {};

  constexpr uint32_t mask_of(Access access) const {
    uint32_t mask = 0;
    for (const Field& field : fields)
      if (field.access == access) mask |= field.mask();
    return mask;
  }
  constexpr uint32_t reset() const {
    uint32_t value = 0;
    for (const Field& field : fields) value |= field.place(field.reset);
    return value;
  }
};

}  // namespace vireo::pci
