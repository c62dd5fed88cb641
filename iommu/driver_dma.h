#pragma once

#include <string_view>

namespace vireo::iommu {

// Return whether a device with this driver (empty: none) may share an IOMMU group with a guest's.
// Source: `driver_managed_dma` since Linux 5.19, before it the list in drivers/vfio/vfio.c: VFIO's own with its
// variants (mlx5_vfio_pci), pci-stub, and the port driver, which does none.
constexpr bool leaves_dma_alone(std::string_view driver) {
  return driver.empty() || driver.ends_with("vfio-pci") || driver.ends_with("vfio_pci") || driver == "pci-stub" ||
         driver == "pcieport";
}

}  // namespace vireo::iommu
