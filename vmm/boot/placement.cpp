#include "vmm/boot/placement.h"

#include <algorithm>

#include "vmm/platform/memory_map.h"

namespace vireo::boot {
namespace {

using base::GuestAddress;
using base::GuestRange;

// A region's part from 1 MiB to 4 GiB; start == end: none.
struct Usable {
  uint64_t start;
  uint64_t end;
};

Usable usable(const platform::RamRegion& region) {
  const uint64_t start = std::max(region.range.start().value(), platform::kHighMemoryStart.value());
  const uint64_t end = std::min(region.range.start().value() + region.range.size(), platform::kHighRamStart.value());
  return {start, std::max(start, end)};
}

// Return the highest page-aligned start in `area` for `size` bytes.
std::optional<uint64_t> top_of(const Usable& area, uint64_t size) {
  if (area.end < area.start || size > area.end - area.start) return std::nullopt;
  const uint64_t start = base::align_down(area.end - size, base::kPageSize);
  if (start < area.start) return std::nullopt;
  return start;
}

}  // namespace

bool fits(std::span<const platform::RamRegion> ram, GuestAddress start, uint64_t size) {
  const auto wanted = GuestRange::make(start, size);
  if (!wanted || start < platform::kHighMemoryStart) return false;
  return std::any_of(ram.begin(), ram.end(), [&](const auto& region) { return region.range.contains(*wanted); });
}

std::optional<GuestAddress> lowest_place(std::span<const platform::RamRegion> ram, uint64_t size, uint64_t alignment) {
  for (const platform::RamRegion& region : ram) {
    const Usable area = usable(region);
    const auto start = base::checked_align_up(area.start, alignment);
    if (start && *start < area.end && size <= area.end - *start) return GuestAddress(*start);
  }
  return std::nullopt;
}

std::optional<GuestAddress> highest_place(std::span<const platform::RamRegion> ram, uint64_t size, uint64_t limit,
                                          const GuestRange& avoid) {
  std::optional<GuestAddress> best;
  const auto consider = [&](const Usable& area) {
    const auto start = top_of(area, size);
    if (start && (!best || best->value() < *start)) best = GuestAddress(*start);
  };
  for (const platform::RamRegion& region : ram) {
    Usable area = usable(region);
    area.end = std::min(area.end, limit);
    if (avoid.empty()) {
      consider(area);
      continue;
    }
    consider({area.start, std::min(area.end, avoid.start().value())});
    if (avoid.last().value() < area.end) consider({std::max(area.start, avoid.last().value() + 1), area.end});
  }
  return best;
}

}  // namespace vireo::boot
