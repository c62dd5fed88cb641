#include "pci/config_space.h"

namespace vireo::pci {

void ConfigSpace::define(const Register& reg, uint16_t base, uint32_t value) {
  const auto offset = static_cast<uint16_t>(base + reg.offset);
  set(offset, reg.width, value);
  set_writable(offset, reg.width, reg.mask_of(Access::kReadWrite));
  const uint32_t clears = reg.mask_of(Access::kWriteOneClears);
  for (unsigned i = 0; i < reg.width; ++i) clears_.at(offset + i) = static_cast<uint8_t>(clears >> (8 * i));
}

uint32_t ConfigSpace::read(uint16_t offset, unsigned width) const noexcept {
  uint32_t value = 0;
  for (unsigned i = 0; i < width; ++i) {
    const unsigned at = offset + i;
    const uint32_t byte = at < bytes_.size() ? bytes_[at] : 0xff;
    value |= byte << (8 * i);
  }
  return value;
}

void ConfigSpace::write(uint16_t offset, unsigned width, uint32_t value) noexcept {
  for (unsigned i = 0; i < width && offset + i < bytes_.size(); ++i) {
    const auto byte = static_cast<uint8_t>(value >> (8 * i));
    const unsigned at = offset + i;
    const auto kept = static_cast<uint8_t>(bytes_[at] & ~writable_[at] & ~(clears_[at] & byte));
    bytes_[at] = static_cast<uint8_t>(kept | (byte & writable_[at]));
  }
}

void ConfigSpace::set(uint16_t offset, unsigned width, uint32_t value) noexcept {
  for (unsigned i = 0; i < width && offset + i < bytes_.size(); ++i)
    bytes_[offset + i] = static_cast<uint8_t>(value >> (8 * i));
}

void ConfigSpace::set_writable(uint16_t offset, unsigned width, uint32_t mask) noexcept {
  for (unsigned i = 0; i < width && offset + i < bytes_.size(); ++i)
    writable_[offset + i] = static_cast<uint8_t>(mask >> (8 * i));
}

}  // namespace vireo::pci
