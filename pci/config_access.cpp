#include "pci/config_access.h"

#include <algorithm>
#include <cstring>

namespace vireo::pci {
namespace {

constexpr uint32_t kEnable = 1u << 31;
constexpr uint64_t kData = 4;   // 0xcfc from 0xcf8
constexpr uint64_t kReset = 1;  // 0xcf9

uint32_t load(std::span<const uint8_t> data) {
  uint32_t value = 0;
  std::memcpy(&value, data.data(), std::min<size_t>(data.size(), sizeof value));
  return value;
}

// An access that is not of 1, 2 or 4 bytes, or leaves its aligned dword, is done byte by byte.
bool natural(uint64_t offset, size_t size) {
  return (size == 1 || size == 2 || size == 4) && (offset & 3) + size <= 4;
}

}  // namespace

void Ecam::read(uint64_t offset, std::span<uint8_t> data) noexcept {
  if (!natural(offset, data.size())) {
    for (size_t i = 0; i < data.size(); ++i) read(offset + i, data.subspan(i, 1));
    return;
  }
  const uint32_t value =
      root_complex_.read_config(static_cast<uint8_t>(offset >> 20), static_cast<uint8_t>(offset >> 12), offset & 0xfff,
                                static_cast<unsigned>(data.size()));
  std::memcpy(data.data(), &value, data.size());
}

void Ecam::write(uint64_t offset, std::span<const uint8_t> data) noexcept {
  if (!natural(offset, data.size())) {
    for (size_t i = 0; i < data.size(); ++i) write(offset + i, data.subspan(i, 1));
    return;
  }
  root_complex_.write_config(static_cast<uint8_t>(offset >> 20), static_cast<uint8_t>(offset >> 12), offset & 0xfff,
                             static_cast<unsigned>(data.size()), load(data));
}

uint32_t ConfigPorts::address() noexcept {
  const std::lock_guard lock(mutex_);
  return address_;
}

void ConfigPorts::read(uint64_t offset, std::span<uint8_t> data) noexcept {
  if (offset == kReset && data.size() == 1) return reset_control_.read(0, data);
  const uint32_t address = this->address();
  if (offset == 0 && data.size() == 4) {
    std::memcpy(data.data(), &address, sizeof address);
    return;
  }
  if (offset < kData || !natural(offset, data.size()) || (address & kEnable) == 0) return;
  const auto at = static_cast<uint16_t>((address & 0xfc) + (offset - kData));
  const uint32_t value = root_complex_.read_config(
      static_cast<uint8_t>(address >> 16), static_cast<uint8_t>(address >> 8), at, static_cast<unsigned>(data.size()));
  std::memcpy(data.data(), &value, data.size());
}

void ConfigPorts::write(uint64_t offset, std::span<const uint8_t> data) noexcept {
  if (offset == kReset && data.size() == 1) return reset_control_.write(0, data);
  if (offset == 0 && data.size() == 4) {
    const std::lock_guard lock(mutex_);
    address_ = load(data) & 0x80ff'fffc;
    return;
  }
  const uint32_t address = this->address();
  if (offset < kData || !natural(offset, data.size()) || (address & kEnable) == 0) return;
  const auto at = static_cast<uint16_t>((address & 0xfc) + (offset - kData));
  root_complex_.write_config(static_cast<uint8_t>(address >> 16), static_cast<uint8_t>(address >> 8), at,
                             static_cast<unsigned>(data.size()), load(data));
}

}  // namespace vireo::pci
