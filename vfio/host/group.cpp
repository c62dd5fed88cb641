#include "vfio/host/group.h"

#include <algorithm>

#include "iommu/driver_dma.h"

namespace vireo::host {
namespace {

std::vector<GroupMember> obstacles(const HostFacts& facts, const std::vector<std::string>& taken_addresses) {
  std::vector<GroupMember> found;
  for (const GroupMember& member : facts.group_members)
    if (std::ranges::find(taken_addresses, member.address) == taken_addresses.end() &&
        !iommu::leaves_dma_alone(member.driver))
      found.push_back(member);
  return found;
}

}  // namespace

std::vector<std::string> group_problems(const HostFacts& facts, const std::vector<std::string>& taken_addresses) {
  std::vector<std::string> problems;
  for (const GroupMember& member : obstacles(facts, taken_addresses))
    problems.push_back(member.address + " is bound to " + member.driver);
  return problems;
}

std::vector<std::string> group_obstacles(const HostFacts& facts, const std::vector<std::string>& taken_addresses) {
  std::vector<std::string> addresses;
  for (const GroupMember& member : obstacles(facts, taken_addresses)) addresses.push_back(member.address);
  return addresses;
}

}  // namespace vireo::host
