#include "vfio/host/group.h"

#include <algorithm>

#include "iommu/driver_dma.h"

namespace vireo::host {

std::vector<std::string> group_problems(const HostFacts& facts, const std::vector<std::string>& taken_addresses) {
  std::vector<std::string> problems;
  for (const GroupMember& member : facts.group_members) {
    const bool taken =
        std::find(taken_addresses.begin(), taken_addresses.end(), member.address) != taken_addresses.end();
    if (taken || iommu::leaves_dma_alone(member.driver)) continue;
    problems.push_back(member.address + " is bound to " + member.driver);
  }
  return problems;
}

}  // namespace vireo::host
