#include "vmm/platform/guest_memory.h"

#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "vmm/platform/huge_pages.h"

namespace vireo::platform {
namespace {

using base::ExitCode;
using base::SystemError;

constexpr uint64_t kMinChunk = 64 * base::kMiB;

bool reserved_huge_pages(const MemoryBacking& backing) {
  return backing.page_size > base::kPageSize;
}

// linux/mman.h: MAP_HUGE_SHIFT; the size's logarithm goes there.
int mapping_flags(const MemoryBacking& backing) {
  if (!reserved_huge_pages(backing)) return MAP_PRIVATE | MAP_NORESERVE;
  return MAP_PRIVATE | MAP_HUGETLB | std::countr_zero(backing.page_size) << MAP_HUGE_SHIFT;
}

std::string help_of(const MemoryBacking& backing, uint64_t size) {
  if (!reserved_huge_pages(backing)) return "give the guest less memory";
  const HugePages pool = pool_of(read_huge_pages(kHugePageFolder), backing.page_size);
  return "reserve huge pages: " + grow_command(kHugePageFolder, pool, size / backing.page_size);
}

// The pools are looked at only when the kernel has refused: they cost a start what they tell nobody.
base::Mapping map_memory(const MemoryBacking& backing, uint64_t size) {
  try {
    return {{.size = size, .flags = mapping_flags(backing), .alignment = std::max(backing.page_size, 2 * base::kMiB)},
            "guest memory"};
  } catch (const SystemError& error) {
    throw SystemError(ExitCode::kHost, "mmap of guest memory", error.error_number(), help_of(backing, size));
  }
}

void bind_to_node(const base::Mapping& mapping, unsigned node) {
  unsigned long mask[16] = {};
  mask[(node / 64) % 16] = 1ul << (node % 64);
  if (::syscall(SYS_mbind, mapping.data(), mapping.size(), MPOL_BIND, mask, 8 * sizeof mask, 0) < 0)
    throw SystemError(ExitCode::kHost, "mbind of guest memory to NUMA node " + std::to_string(node), errno,
                      "numactl --hardware lists the nodes");
}

}  // namespace

GuestMemory::GuestMemory(std::vector<RamRegion> regions, const MemoryBacking& backing) : regions_(std::move(regions)) {
  for (const RamRegion& region : regions_) size_ += region.range.size();
  mapping_ = map_memory(backing, size_);
  if (!reserved_huge_pages(backing)) ::madvise(mapping_.data(), size_, MADV_HUGEPAGE);
  ::madvise(mapping_.data(), size_, MADV_DONTDUMP);
  // A device writes to the pages themselves: a child's copy must never make them ours no longer.
  ::madvise(mapping_.data(), size_, MADV_DONTFORK);
  if (backing.numa_node) bind_to_node(mapping_, *backing.numa_node);
}

std::optional<base::HostAddress> GuestMemory::host(base::GuestAddress address, uint64_t size) const noexcept {
  const auto wanted = base::GuestRange::make(address, size);
  if (!wanted || size == 0) return std::nullopt;
  for (const RamRegion& region : regions_) {
    if (!region.range.contains(*wanted)) continue;
    const uint64_t offset = region.offset + (address.value() - region.range.start().value());
    return base::host_address(mapping_.data() + offset);
  }
  return std::nullopt;
}

std::span<uint8_t> GuestMemory::bytes(base::GuestAddress address, uint64_t size) const noexcept {
  const auto start = host(address, size);
  if (!start) return {};
  return {reinterpret_cast<uint8_t*>(start->value()), size};
}

bool GuestMemory::read(base::GuestAddress address, std::span<uint8_t> out) const noexcept {
  const auto source = bytes(address, out.size());
  if (source.empty()) return out.empty();
  std::memcpy(out.data(), source.data(), out.size());
  return true;
}

bool GuestMemory::write(base::GuestAddress address, std::span<const uint8_t> data) const noexcept {
  const auto target = bytes(address, data.size());
  if (target.empty()) return data.empty();
  std::memcpy(target.data(), data.data(), data.size());
  return true;
}

void GuestMemory::populate(unsigned threads) const {
  const uint64_t chunk = base::align_up(std::max(size_ / threads, kMinChunk), 2 * base::kMiB);
  std::atomic<uint64_t> next = 0;
  std::atomic<int> failed = 0;
  const auto work = [&] {
    for (uint64_t start = next.fetch_add(chunk); start < size_ && failed == 0; start = next.fetch_add(chunk)) {
      const uint64_t length = std::min(chunk, size_ - start);
      if (::madvise(mapping_.data() + start, length, MADV_POPULATE_WRITE) < 0) failed = errno;
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned i = 1; i < threads; ++i) pool.emplace_back(work);
    work();
  }
  if (failed != 0)
    throw SystemError(ExitCode::kHost, "populating guest memory", failed,
                      "free memory or reserve huge pages, or give the guest less memory");
}

}  // namespace vireo::platform
