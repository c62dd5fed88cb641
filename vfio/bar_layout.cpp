#include "vfio/bar_layout.h"

#include <algorithm>

#include "vmm/base/bits.h"

namespace vireo::vfio {
namespace {

using base::align_down;
using base::kPageSize;

// Whole pages of [offset, offset + size) within the BAR; empty when they would wrap or lie outside.
MappableArea clip(const MappableArea& area, uint64_t bar_size) {
  if (area.offset >= bar_size) return {};
  const uint64_t end = align_down(area.offset + std::min(area.size, bar_size - area.offset), kPageSize);
  const auto start = base::checked_align_up(area.offset, kPageSize);
  if (!start || *start >= end) return {};
  return {*start, end - *start};
}

// The pages that an extent touches.
MappableArea pages_of(const TrappedExtent& extent, uint64_t bar_size) {
  if (extent.offset >= bar_size || extent.size == 0) return {};
  const uint64_t start = align_down(extent.offset, kPageSize);
  const uint64_t end = extent.offset + std::min(extent.size, bar_size - extent.offset);
  return {start, base::align_up(end, kPageSize) - start};
}

std::vector<MappableArea> without(const std::vector<MappableArea>& areas, const MappableArea& hole) {
  std::vector<MappableArea> kept;
  for (const MappableArea& area : areas) {
    const uint64_t end = area.offset + area.size;
    const uint64_t hole_end = hole.offset + hole.size;
    const uint64_t left_end = std::min(end, hole.offset);
    const uint64_t right_start = std::max(area.offset, hole_end);
    if (left_end > area.offset) kept.push_back({area.offset, left_end - area.offset});
    if (right_start < end) kept.push_back({right_start, end - right_start});
  }
  return kept;
}

std::vector<MappableArea> merged(std::vector<MappableArea> areas) {
  std::sort(areas.begin(), areas.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
  std::vector<MappableArea> runs;
  for (const MappableArea& area : areas) {
    if (area.size == 0) continue;
    if (runs.empty() || area.offset > runs.back().offset + runs.back().size) {
      runs.push_back(area);
      continue;
    }
    MappableArea& run = runs.back();
    run.size = std::max(run.offset + run.size, area.offset + area.size) - run.offset;
  }
  return runs;
}

}  // namespace

std::vector<MappableArea> direct_areas(uint64_t bar_size, const std::vector<MappableArea>& mappable,
                                       const std::vector<TrappedExtent>& trapped) {
  if (bar_size == 0 || !base::is_aligned(bar_size, kPageSize)) return {};
  std::vector<MappableArea> areas;
  areas.reserve(mappable.size());
  for (const MappableArea& area : mappable) areas.push_back(clip(area, bar_size));
  areas = merged(std::move(areas));
  for (const TrappedExtent& extent : trapped)
    if (const MappableArea hole = pages_of(extent, bar_size); hole.size != 0) areas = without(areas, hole);
  return areas;
}

}  // namespace vireo::vfio
