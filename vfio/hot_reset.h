#pragma once

#include <span>
#include <string>
#include <vector>

#include "vmm/base/fd.h"

namespace vireo::vfio {

struct HotReset {
  int error = 0;                      // 0 or -errno
  std::vector<std::string> affected;  // the functions on the bus, "0000:05:01.0", as far as the kernel says
};

// Reset all functions on the device's bus or slot: for those that have no reset of their own. The kernel refuses it
// unless all of them are ours. `groups` proves that for the type1 container; iommufd knows without.
// Source: linux/vfio.h, VFIO_DEVICE_PCI_HOT_RESET.
HotReset hot_reset(const base::Fd& device, std::span<const int> groups);

}  // namespace vireo::vfio
