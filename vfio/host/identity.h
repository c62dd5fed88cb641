#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

// What tells a PCI function from others, whatever its address is today. Keys:
//   pci_path    the device and function numbers on the way to it, from its root bus on: 0000:00/1c.0/00.1
//   id          vendor and device: 8086:1521
//   interface   its network interface: eth1            mac        that one's address: 52:54:00:12:34:56
//   nvme_serial its NVMe controller's serial number    namespace  what udev calls the wwid of one: eui.0025388b710116a2
//   serial      the serial number (SN) of its vital product data. PCI 3.0, appendix I
// A function may have several of one: a controller with two namespaces.
using DeviceIdentity = std::map<std::string, std::vector<std::string>>;

// Read those of `keys`. What a function does not have, or not while no driver of the host's has it, is not there.
DeviceIdentity read_identity(const std::string& address, const std::vector<std::string>& keys,
                             const HostRoot& root = {});

// One value of some of the keys each.
using DeviceMatch = std::map<std::string, std::string>;

// Say what of `match` the function at `address` has not: "its mac is 52:54:00:00:00:02, not 52:54:00:00:00:01".
std::vector<std::string> find_mismatches(const std::string& address, const DeviceMatch& match,
                                         const HostRoot& root = {});

// Find the one function of the host that has all of `match`, which says something; with `index` that one of them, by
// address, from 0. Errors: base::Error (kDevice): there is none, with those that there are; or there are several.
std::string find_device(const DeviceMatch& match, std::optional<unsigned> index, const HostRoot& root = {});

// Return the key pci_path of the function at a folder of sysfs'; empty: it is on no PCI bus.
std::string pci_path(const std::string& folder, const HostRoot& root = {});

// Return the serial number in vital product data as the device has it; nothing where there is none.
std::optional<std::string> vpd_serial(const std::string& data);

}  // namespace vireo::host
