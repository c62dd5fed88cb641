#include "vmm/boot/e820.h"

#include <algorithm>

#include "vmm/platform/memory_map.h"

namespace vireo::boot {
namespace {

using platform::GuestAddress;

// Add [start, end) unless it is empty.
void add(std::vector<E820Entry>& map, uint64_t start, uint64_t end, MemoryType type) {
  if (start >= end) return;
  if (const auto range = base::GuestRange::make(GuestAddress(start), end - start)) map.push_back({*range, type});
}

}  // namespace

std::vector<E820Entry> make_e820(std::span<const platform::RamRegion> ram) {
  constexpr uint64_t kHoleStart = platform::kEbdaStart.value();
  constexpr uint64_t kHoleEnd = platform::kHighMemoryStart.value();
  constexpr uint64_t kVgaStart = 0xa0000;
  constexpr uint64_t kKvmPagesSize = 4 * base::kPageSize;

  std::vector<E820Entry> map;
  for (const platform::RamRegion& region : ram) {
    const uint64_t start = region.range.start().value();
    const uint64_t end = start + region.range.size();
    add(map, start, std::min(end, kHoleStart), MemoryType::kRam);
    add(map, std::max(start, kHoleEnd), end, MemoryType::kRam);
  }
  add(map, kHoleStart, kVgaStart, MemoryType::kReserved);
  add(map, platform::kAcpiStart.value(), platform::kAcpiStart.value() + platform::kAcpiSize, MemoryType::kAcpi);
  add(map, platform::kSmbiosStart.value(), platform::kSmbiosStart.value() + platform::kSmbiosSize,
      MemoryType::kReserved);
  add(map, platform::kEcamStart.value(), platform::kEcamStart.value() + platform::kEcamSize, MemoryType::kReserved);
  add(map, platform::kKvmIdentityMap.value(), platform::kKvmIdentityMap.value() + kKvmPagesSize, MemoryType::kReserved);
  std::sort(map.begin(), map.end());
  return map;
}

}  // namespace vireo::boot
