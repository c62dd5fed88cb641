#pragma once

#include "vmm/base/address.h"
#include "vmm/base/error.h"

namespace vireo::iommu {

// Say what an errno of VFIO_IOMMU_MAP_DMA or IOMMU_IOAS_MAP means there, and what to do.
base::SystemError map_error(const char* request, base::Iova iova, uint64_t size, int error_number);

// What to do when VFIO refuses to open a device with `error_number`, having been shown a VF token or none.
std::string open_help(const std::string& address, int error_number, bool with_token);

}  // namespace vireo::iommu
