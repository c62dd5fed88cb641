#pragma once

#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

// Say what the host does with a device. `facts` has path, address, driver and the VF count already. A device without a
// host driver has no interfaces and no disks, so nothing else is read then. A VF has none of its PF's uses.
std::vector<DeviceUse> find_uses(const HostFacts& facts, const HostRoot& root);

// Its parts: network interfaces with what stands on them (bond, bridge, VLAN), and block devices with their
// partitions and what holds them (device-mapper, md), mounted or used as swap.
std::vector<DeviceUse> network_uses(const std::string& address, const HostRoot& root);
std::vector<DeviceUse> block_uses(const std::string& address, const HostRoot& root);

}  // namespace vireo::host
