#pragma once

#include <optional>
#include <string>

#include "vfio/host/facts.h"

namespace vireo::host {

// Return the shared disk that one controller's way leads to: nvme0c1n1 is controller 1's way to nvme0n1, the disk that
// is mounted, which is below no PCI device. Nothing for all other names. drivers/nvme/host/multipath.c
std::optional<std::string> shared_disk(const std::string& name);

// Return the PCI address of an NVMe controller, which is named by it, or by its node: "0000:01:00.0", "01:00.0",
// "nvme0". Errors: base::Error (kDevice): there is none, or no NVMe driver has it.
std::string find_nvme_controller(const std::string& name, const HostRoot& root = {});

// Return the disk of one of a controller's namespaces: "nvme0n1".
// Errors: base::Error (kDevice), with those that it has.
std::string find_nvme_disk(const std::string& address, unsigned name_space, const HostRoot& root = {});

}  // namespace vireo::host
