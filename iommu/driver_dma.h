#pragma once

#include <string_view>

namespace vireo::iommu {

// Return whether a driver gives its devices to VFIO: vfio-pci, or a variant for one kind of device (mlx5_vfio_pci).
constexpr bool is_vfio_driver(std::string_view driver) {
  return driver.ends_with("vfio-pci") || driver.ends_with("vfio_pci");
}

// Return whether a device with this driver (empty: none) may share an IOMMU group with a guest's.
// Source: `driver_managed_dma` since Linux 5.19, before it the list in drivers/vfio/vfio.c: VFIO's own with its
// variants (mlx5_vfio_pci), pci-stub, and the port driver, which does none.
constexpr bool leaves_dma_alone(std::string_view driver) {
  return driver.empty() || is_vfio_driver(driver) || driver == "pci-stub" || driver == "pcieport";
}

}  // namespace vireo::iommu
