#pragma once

#include <string>
#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

// A function that can have VFs, as the host has it now.
struct PhysicalFunction {
  std::string name;       // its address; of one on no PCI bus (netdevsim) its network interface
  std::string folder;     // in sysfs
  std::string driver;     // empty: none
  std::string interface;  // its network interface; empty: none
  std::string nvme_node;  // "/dev/nvme0", its NVMe controller; empty: none
  unsigned total_vfs = 0;
  std::string autoprobe;         // "0" or "1": whether the host's drivers take new VFs
  std::vector<std::string> vfs;  // addresses, by index
};

// Find a PF by its address, its network interface or its NVMe controller: "0000:65:00.0", "65:00.0", "eth1", "nvme0".
// Errors: base::Error (kDevice): there is no such device, or it cannot have VFs.
PhysicalFunction find_physical_function(const std::string& name, const HostRoot& root = {});

// The PFs of the host, sorted by name.
std::vector<PhysicalFunction> list_physical_functions(const HostRoot& root = {});

// Why nobody else may have a VF now: "bound to igbvf", "in use by qemu, pid 77"; empty: it is free. Who has taken its
// lock is not looked at.
std::string vf_user(const std::string& address, const HostRoot& root = {});

// The same for one that somebody named: a driver of the host's is no reason, but what needs the driver is.
std::string named_vf_user(const std::string& address, const HostRoot& root = {});

}  // namespace vireo::host
