#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace vireo::iommu {

// One capability behind a VFIO info structure: id, version and its bytes, header included.
struct InfoCapability {
  uint16_t id = 0;
  uint16_t version = 0;
  std::span<const uint8_t> bytes;
};

// Walk the capability chain of a VFIO info structure (region, IOMMU, device info): bounded, range-checked; stops at
// the first header that is outside, unaligned or not behind the one before. Lifetime: as `info`.
// Source: linux/vfio.h, struct vfio_info_cap_header.
std::vector<InfoCapability> walk_info_capabilities(std::span<const uint8_t> info, uint32_t first);

// Copy a structure from `bytes` at `offset`; nothing when it does not fit.
template <typename T>
std::optional<T> load(std::span<const uint8_t> bytes, size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace vireo::iommu
