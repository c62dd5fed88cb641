#pragma once

#include <vector>

#include "vfio/device_io.h"

namespace vireo::vfio {

// Bytes [offset, offset + size) of a BAR that must trap: an MSI-X table or PBA.
struct TrappedExtent {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// Which parts of a BAR the guest may reach directly: what the kernel lets be mapped, whole pages, without the pages of
// the trapped extents; contiguous runs merged. Nothing for BARs that are no whole pages.
std::vector<MappableArea> direct_areas(uint64_t bar_size, const std::vector<MappableArea>& mappable,
                                       const std::vector<TrappedExtent>& trapped);

}  // namespace vireo::vfio
