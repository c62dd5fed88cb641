#pragma once

#include <linux/vfio.h>

#include "vmm/base/ioctl.h"

// A VFIO device's requests, each with its argument's type. Source: linux/vfio.h.
namespace vireo::vfio {

inline constexpr base::Ioctl<vfio_device_info> kDeviceGetInfo{VFIO_DEVICE_GET_INFO, "VFIO_DEVICE_GET_INFO"};
inline constexpr base::Ioctl<vfio_region_info> kGetRegionInfo{VFIO_DEVICE_GET_REGION_INFO,
                                                              "VFIO_DEVICE_GET_REGION_INFO"};
inline constexpr base::Ioctl<vfio_irq_info> kGetIrqInfo{VFIO_DEVICE_GET_IRQ_INFO, "VFIO_DEVICE_GET_IRQ_INFO"};
inline constexpr base::Ioctl<vfio_irq_set> kSetIrqs{VFIO_DEVICE_SET_IRQS, "VFIO_DEVICE_SET_IRQS"};
inline constexpr base::Ioctl<vfio_pci_hot_reset_info> kGetHotResetInfo{VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
                                                                       "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO"};
inline constexpr base::Ioctl<vfio_pci_hot_reset> kHotReset{VFIO_DEVICE_PCI_HOT_RESET, "VFIO_DEVICE_PCI_HOT_RESET"};
inline constexpr base::Ioctl<void> kReset{VFIO_DEVICE_RESET, "VFIO_DEVICE_RESET"};

}  // namespace vireo::vfio
