#include "iommu/map_error.h"

#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

#include "vmm/base/bits.h"

namespace vireo::iommu {
namespace {

// Source: type1 counts what a process pins, iommufd what all processes of its user do.
std::string memlock_help(uint64_t size, bool of_user) {
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  if (limit.rlim_cur == RLIM_INFINITY) return "the host has too little free memory to pin";
  return "the guest's memory is pinned: " + std::to_string(size / base::kKiB) + " KiB are needed here, " +
         std::to_string(limit.rlim_cur / base::kKiB) + " KiB may be locked in all" +
         (of_user ? " by all of the user's processes" : "") + "; raise it: ulimit -l unlimited";
}

// Source: Linux drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(); drivers/iommu/iommufd/io_pagetable.c.
std::string map_help(std::string_view request, int error_number, uint64_t size) {
  switch (error_number) {
    case ENOMEM:
      return memlock_help(size, request.starts_with("IOMMU_"));
    case EEXIST:
      return "the range is mapped already: a fault of vireo's; please report it";
    case EINVAL:
    case ENOENT:
      return "the range touches what the IOMMU reserves: cat /sys/kernel/iommu_groups/*/reserved_regions shows it";
    case ENOSPC:
      return "the container has no entry left: raise /sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
    case EFAULT:
      return "the host's memory there cannot be pinned";
    default:
      return "see the kernel's log: dmesg | tail";
  }
}

}  // namespace

base::SystemError map_error(const char* request, base::Iova iova, uint64_t size, int error_number) {
  char action[96];
  std::snprintf(action, sizeof action, "%s of %#llx bytes at IOVA %#llx", request,
                static_cast<unsigned long long>(size), static_cast<unsigned long long>(iova.value()));
  return {base::ExitCode::kHost, action, error_number, map_help(request, error_number, size)};
}

}  // namespace vireo::iommu
