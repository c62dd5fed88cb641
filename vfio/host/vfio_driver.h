#pragma once

#include <string>
#include <string_view>

#include "vfio/host/facts.h"

namespace vireo::host {

inline constexpr const char* kVfioPci = "vfio-pci";

// Whether a driver gives its devices to VFIO: vfio-pci, or a variant for one kind of device (mlx5_vfio_pci).
bool is_vfio_driver(std::string_view name);

// Return the module of the variant driver that is made for a device; empty: there is none, so vfio-pci has it. Of
// several the one that says most of the device.
// Source: lib/modules/RELEASE/modules.alias, whose "vfio_pci:" lines are of drivers that an override alone binds
// (PCI_DRIVER_OVERRIDE_DEVICE_VFIO, since Linux 5.16).
std::string variant_module(const std::string& address, const HostRoot& root);

// Return the PCI driver that a loaded module has registered; empty: none. Its name need not be the module's.
std::string driver_of_module(const std::string& module, const HostRoot& root);

}  // namespace vireo::host
