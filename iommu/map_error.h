#pragma once

#include "vmm/base/address.h"
#include "vmm/base/error.h"

namespace vireo::iommu {

// Say what an errno of VFIO_IOMMU_MAP_DMA or IOMMU_IOAS_MAP means there, and what to do.
base::SystemError map_error(const char* request, base::Iova iova, uint64_t size, int error_number);

}  // namespace vireo::iommu
