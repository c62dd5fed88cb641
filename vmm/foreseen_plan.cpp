#include "vmm/foreseen_plan.h"

#include <algorithm>

#include "vfio/host/neighbours.h"
#include "vmm/config/load.h"
#include "vmm/device_selection.h"

namespace vireo {

Plan foresee_plan(const std::string& file) {
  config::Config config = config::load(file);
  Foreseen foreseen = foresee_devices(config);
  Plan plan = make_plan(config, look_around(config));
  std::ranges::move(foreseen.conflicts, std::back_inserter(plan.conflicts));
  std::ranges::move(foreseen.remarks, std::back_inserter(plan.remarks));
  return plan;
}

void look_at_neighbours(Plan& plan) {
  std::vector<host::HostFacts> functions;
  for (auto* known : {&plan.devices, &plan.around})
    for (auto& [address, facts] : *known) {
      host::complete_facts(facts);
      functions.push_back(facts);
    }
  plan.around.merge(host::read_neighbours(functions));
}

}  // namespace vireo
