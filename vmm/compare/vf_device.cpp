#include "vmm/compare/vf_device.h"

namespace vireo::compare {

nlohmann::json vf_device(const config::VfConfig& vf, const std::string& pf) {
  nlohmann::json entry{{"pf", pf}, {"create", vf.create == 0 ? 1 : vf.create}};
  if (vf.index) entry["index"] = *vf.index;
  for (const auto& [key, value] : vf.policy) entry[key] = value;
  if (vf.queues) entry["queues"] = *vf.queues;
  if (vf.interrupts) entry["interrupts"] = *vf.interrupts;
  if (vf.namespaces) entry["namespaces"] = *vf.namespaces;
  return {{"vf", std::move(entry)}};
}

}  // namespace vireo::compare
