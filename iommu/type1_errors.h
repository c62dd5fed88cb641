#pragma once

#include "vmm/base/address.h"
#include "vmm/base/error.h"

namespace vireo::iommu {

// Say what an errno of VFIO_IOMMU_MAP_DMA means there, and what to do.
base::SystemError map_error(base::Iova iova, uint64_t size, int error_number);

}  // namespace vireo::iommu
