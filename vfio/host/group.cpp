#include "vfio/host/group.h"

#include <algorithm>
#include <string_view>

namespace vireo::host {
namespace {

// The drivers that leave DMA to user space (`driver_managed_dma`, Linux 5.19; before it the list in
// drivers/vfio/vfio.c): VFIO's own with its variants (mlx5_vfio_pci), pci-stub, and the port driver, which does none.
bool leaves_dma_alone(std::string_view driver) {
  return driver.empty() || driver.ends_with("vfio-pci") || driver.ends_with("vfio_pci") || driver == "pci-stub" ||
         driver == "pcieport";
}

}  // namespace

std::vector<std::string> group_problems(const HostFacts& facts, const std::vector<std::string>& taken_addresses) {
  std::vector<std::string> problems;
  for (const GroupMember& member : facts.group_members) {
    const bool taken =
        std::find(taken_addresses.begin(), taken_addresses.end(), member.address) != taken_addresses.end();
    if (taken || leaves_dma_alone(member.driver)) continue;
    problems.push_back(member.address + " is bound to " + member.driver);
  }
  return problems;
}

}  // namespace vireo::host
