#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "vmm/platform/guest_memory.h"

namespace vireo::boot {

// Where things fit in guest RAM from 1 MiB to 4 GiB. All sizes and addresses may come from a malicious image.

// Return whether RAM holds all of [start, start + size) and none of it is below 1 MiB.
bool fits(std::span<const platform::RamRegion> ram, base::GuestAddress start, uint64_t size);

// Return the lowest place at a multiple of `alignment` (a power of two).
std::optional<base::GuestAddress> lowest_place(std::span<const platform::RamRegion> ram, uint64_t size,
                                               uint64_t alignment);

// Return the highest page-aligned place below `limit` that does not touch `avoid`.
std::optional<base::GuestAddress> highest_place(std::span<const platform::RamRegion> ram, uint64_t size, uint64_t limit,
                                                const base::GuestRange& avoid);

}  // namespace vireo::boot
