#pragma once

#include <string>
#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

// Return what keeps the device's IOMMU group from being given to a guest that takes `taken_addresses`: one text for
// each member whose driver does DMA of its own: "0000:65:00.0 is bound to ixgbe". Empty: the group is viable.
std::vector<std::string> group_problems(const HostFacts& facts, const std::vector<std::string>& taken_addresses);

// Return the addresses of these members.
std::vector<std::string> group_obstacles(const HostFacts& facts, const std::vector<std::string>& taken_addresses);

}  // namespace vireo::host
