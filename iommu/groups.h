#pragma once

#include <string>

// What sysfs says of IOMMU groups. Source: Documentation/ABI/testing/sysfs-kernel-iommu_groups.
namespace vireo::iommu {

// The device's folder in sysfs.
std::string device_folder(const std::string& address);

// Return the number of the device's IOMMU group.
// Errors: base::Error (kHost) when no IOMMU covers the device.
unsigned group_number(const std::string& address);

// Return what makes the group not viable, "0000:02:00.1 is bound to e1000e, ...": members with drivers that do DMA for
// the host. Empty: nothing.
std::string busy_members(unsigned group);

inline constexpr const char* kNotViableHelp =
    "give all of the group's devices to the guest, or unbind them from their drivers";

// What to do when VFIO refuses to open a device with `error_number`, having been shown a VF token or none.
std::string open_help(const std::string& address, int error_number, bool with_token);

}  // namespace vireo::iommu
