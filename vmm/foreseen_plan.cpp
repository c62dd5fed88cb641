#include "vmm/foreseen_plan.h"

#include <algorithm>

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

}  // namespace vireo
