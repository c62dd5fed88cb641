#include "vfio/host/inventory.h"

#include "iommu/driver_dma.h"
#include "vfio/host/binding.h"
#include "vfio/host/group.h"
#include "vfio/host/held_locks.h"
#include "vfio/host/holder.h"
#include "vfio/host/identity.h"
#include "vfio/host/neighbours.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

constexpr uint32_t kBaseClassBridge = 0x06;

// A vireo that has claimed it; else who has it open through VFIO.
std::string find_holder(const HostFacts& facts, const HeldLocks& locks, const HostRoot& root) {
  if (std::string owner = locks.owner_of(facts.address); !owner.empty()) return owner;
  return iommu::is_vfio_driver(facts.driver) ? device_holder(root, facts.address) : std::string();
}

InventoryEntry read_entry(const std::string& address, const HeldLocks& locks, const HostRoot& root) {
  InventoryEntry entry{.facts = read_facts(address, root), .parent = {}, .pci_path = {}, .holder = {}, .obstacles = {}};
  complete_facts(entry.facts);
  entry.parent = parent_of(entry.facts);
  entry.pci_path = pci_path(entry.facts.path, root);
  entry.holder = find_holder(entry.facts, locks, root);
  entry.obstacles = find_obstacles(entry.facts, entry.holder);
  return entry;
}

}  // namespace

std::vector<std::string> find_obstacles(const HostFacts& facts, const std::string& holder) {
  if (facts.class_code >> 16 == kBaseClassBridge) return {"it is a bridge"};
  std::vector<std::string> obstacles;
  if (!holder.empty()) obstacles.push_back("in use by " + holder);
  if (!facts.group) obstacles.emplace_back("no IOMMU covers it");
  for (const std::string& problem : group_problems(facts, {facts.address}))
    obstacles.push_back("of its IOMMU group " + problem);
  for (const DeviceUse& use : facts.uses)
    if (use.blocking) obstacles.push_back(use.what);
  return obstacles;
}

std::vector<InventoryEntry> read_inventory(const HostRoot& root) {
  std::vector<InventoryEntry> entries;
  const HeldLocks locks(root);
  for (const std::string& address : list_devices(root)) {
    try {
      entries.push_back(read_entry(address, locks, root));
    } catch (const base::Error&) {
      if (exists(root.sys() + "/bus/pci/devices/" + address)) throw;
    }
  }
  return entries;
}

}  // namespace vireo::host
