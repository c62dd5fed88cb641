#include "vmm/plan_memory.h"

#include <algorithm>

#include "vmm/plan_devices.h"
#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

using base::GuestAddress;
using base::GuestRange;

// What of [start, limit) comes first and is free: its start and size after holes, both multiples of `alignment`.
struct Piece {
  uint64_t start;
  uint64_t size;
};
Piece first_free(uint64_t start, uint64_t limit, uint64_t alignment, const std::vector<base::IovaRange>& reserved) {
  uint64_t end = limit;
  for (bool moved = true; moved;) {
    moved = false;
    for (const base::IovaRange& hole : reserved) {
      if (hole.empty() || !hole.contains(base::Iova(start))) continue;
      if (hole.last().value() >= limit) return {limit, 0};
      start = base::align_up(hole.last().value() + 1, alignment);
      moved = true;
    }
  }
  for (const base::IovaRange& hole : reserved)
    if (!hole.empty() && hole.start().value() > start) end = std::min(end, hole.start().value());
  return {start, start < end ? base::align_down(end - start, alignment) : 0};
}

}  // namespace

std::vector<platform::RamRegion> lay_out_ram(uint64_t size, uint64_t alignment,
                                             const std::vector<base::IovaRange>& reserved) {
  std::vector<platform::RamRegion> regions;
  uint64_t offset = 0;
  uint64_t start = 0;
  uint64_t limit = platform::kLowRamLimit;
  while (offset < size) {
    const Piece piece = first_free(start, limit, alignment, reserved);
    if (piece.size == 0 && piece.start < limit) {
      // Less than an aligned piece before the next hole: on behind it.
      start = base::align_up(piece.start + 1, alignment);
      continue;
    }
    if (piece.size == 0 && limit == platform::kAddressEnd) break;
    if (piece.size == 0) {
      start = platform::kHighRamStart.value();
      limit = platform::kAddressEnd;
      continue;
    }
    const uint64_t taken = std::min(piece.size, size - offset);
    regions.push_back({*GuestRange::make(GuestAddress(piece.start), taken), offset});
    offset += taken;
    start = piece.start + taken;
    // Behind a hole RAM goes on; first_free() steps over it.
    if (taken == piece.size && start < limit) start = base::align_up(start + 1, alignment);
  }
  return regions;
}

bool registers_memory(const Plan& plan) {
  constexpr uint64_t kEntry = 16;
  constexpr uint64_t kMostTables = 32 * base::kMiB;
  const config::MemoryConfig& memory = plan.config.memory;
  const bool present = memory.prefault || !plan.devices.empty();
  if (!present || !plan.machine.locking.ignores_limit) return false;
  uint64_t queues = 0;
  for (const config::EmulatedConfig* device : emulated_devices_of(plan.config))
    if (device->is_disk()) queues += device->disk.queues;
  return queues > 0 && memory.size / base::kPageSize * kEntry * queues <= kMostTables;
}

uint64_t end_of_ram(const std::vector<platform::RamRegion>& ram) {
  uint64_t end = platform::kHighRamStart.value();
  for (const platform::RamRegion& region : ram) end = std::max(end, region.range.last().value() + 1);
  return end;
}

}  // namespace vireo
