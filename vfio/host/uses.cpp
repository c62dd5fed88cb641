#include "vfio/host/uses.h"

#include "iommu/driver_dma.h"
#include "vfio/host/binding.h"

namespace vireo::host {

std::vector<DeviceUse> find_uses(const HostFacts& facts, const HostRoot& root) {
  std::vector<DeviceUse> uses;
  // Without its driver a PF takes its VFs away from whoever has them.
  if (facts.vfs != 0)
    uses.push_back({.what = "has " + std::to_string(facts.vfs) + (facts.vfs == 1 ? " VF" : " VFs") + " enabled",
                    .blocking = true});
  if (facts.driver.empty() || iommu::is_vfio_driver(facts.driver) || facts.driver == "pci-stub") return uses;
  for (DeviceUse& use : network_uses(facts.address, root)) uses.push_back(std::move(use));
  for (DeviceUse& use : block_uses(facts.address, root)) uses.push_back(std::move(use));
  uses.push_back({.what = "bound to " + facts.driver});
  return uses;
}

}  // namespace vireo::host
