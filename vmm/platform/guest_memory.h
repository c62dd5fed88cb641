#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "vmm/base/address.h"
#include "vmm/base/bits.h"
#include "vmm/base/mapping.h"

namespace vireo::platform {

// One contiguous piece of guest RAM.
struct RamRegion {
  base::GuestRange range;
  uint64_t offset = 0;  // in the one mapping: GPA order without the holes
};

// How RAM is backed.
struct MemoryBacking {
  uint64_t page_size = base::kPageSize;  // 4 KiB, 2 MiB or 1 GiB
  std::optional<unsigned> numa_node;
  auto operator<=>(const MemoryBacking&) const = default;
};

// The guest's RAM: one mapping, never moved; anonymous, because shmem has transparent huge pages only where the host's
// administrator asked for them. Each access is overflow- and bound-checked.
// Thread: any. The guest may change the bytes at any moment: copy first, then check the copy.
class GuestMemory {
 public:
  // Errors: SystemError (kHost) naming huge pages or memory as what is short.
  GuestMemory(std::vector<RamRegion> regions, const MemoryBacking& backing);

  const std::vector<RamRegion>& regions() const { return regions_; }
  uint64_t size() const { return size_; }

  // Return the host address of [address, address + size), or nothing unless one region holds all of it.
  // For memory slots, DMA and loaders only.
  std::optional<base::HostAddress> host(base::GuestAddress address, uint64_t size) const noexcept;
  // The same as bytes.
  std::span<uint8_t> bytes(base::GuestAddress address, uint64_t size) const noexcept;

  // All of it, in the order of addresses without the holes. For io_uring only.
  std::span<uint8_t> mapped() const noexcept { return {mapping_.data(), size_}; }

  // Copy; false, having copied nothing, unless one region holds all of it.
  bool read(base::GuestAddress address, std::span<uint8_t> out) const noexcept;
  bool write(base::GuestAddress address, std::span<const uint8_t> data) const noexcept;

  template <typename T>
  bool write_object(base::GuestAddress address, const T& object) const noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    return write(address, {reinterpret_cast<const uint8_t*>(&object), sizeof object});
  }

  // Touch every page, by `threads` threads.
  // Errors: SystemError (kHost) when the host has not that much memory.
  void populate(unsigned threads) const;

 private:
  std::vector<RamRegion> regions_;
  uint64_t size_ = 0;
  base::Mapping mapping_;
};

}  // namespace vireo::platform
