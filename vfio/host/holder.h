#pragma once

#include <string>

#include "vfio/host/facts.h"

namespace vireo::host {

// Return the process that has a device open through VFIO: "qemu-system-x86, pid 77"; empty: none that can be seen.
// It reads each process's descriptors: for the rare moments when unbinding would otherwise wait for that process.
std::string device_holder(const HostRoot& root, const std::string& address);

}  // namespace vireo::host
