#include "vfio/host/neighbours.h"

#include "vfio/host/names.h"
#include "vfio/host/pci_address.h"
#include "vmm/base/error.h"

namespace vireo::host {

// A root bus may be below a bridge: Intel VMD's.
std::vector<std::string> way_to(const HostFacts& facts) {
  constexpr std::string_view kDevices = "/devices";
  std::vector<std::string> way;
  size_t start = facts.path.find(std::string(kDevices) + "/pci");
  if (start == std::string::npos) return way;
  start += kDevices.size() + 1;
  for (size_t end = facts.path.find('/', start); end != std::string::npos; end = facts.path.find('/', start)) {
    way.push_back(facts.path.substr(start, end - start));
    start = end + 1;
  }
  return way;
}

std::string parent_of(const HostFacts& facts) {
  const std::vector<std::string> way = way_to(facts);
  return way.empty() || !parse_address(way.back()) ? std::string() : way.back();
}

void complete_facts(HostFacts& facts) {
  facts.name = device_name(facts.vendor, facts.device);
  facts.numa_node = numa_node(facts);
}

std::map<std::string, HostFacts> read_neighbours(const std::vector<HostFacts>& functions, const HostRoot& root) {
  std::map<std::string, HostFacts> found;
  for (const HostFacts& function : functions) {
    std::vector<std::string> around = way_to(function);
    around.push_back(function.physical_function);
    for (const std::string& address : around) {
      if (!parse_address(address) || found.contains(address)) continue;
      try {
        HostFacts facts = read_facts(address, root);
        complete_facts(facts);
        found.emplace(address, std::move(facts));
      } catch (const base::Error&) {
        continue;
      }
    }
  }
  return found;
}

}  // namespace vireo::host
