#include "vmm/guest_state.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace vireo {
namespace {

using nlohmann::json;

const char* kind_text(vfio::InterruptKind kind) {
  switch (kind) {
    case vfio::InterruptKind::kNone:
      return "none";
    case vfio::InterruptKind::kIntx:
      return "INTx";
    case vfio::InterruptKind::kMsi:
      return "MSI";
    case vfio::InterruptKind::kMsix:
      return "MSI-X";
  }
  return "";
}

// What is not in use is left out of a vector's entry.
json vector_json(const vfio::VectorState& vector) {
  json entry{{"vector", vector.number},
             {"masked", vector.masked},
             {"pending", vector.pending},
             {"host_connected", vector.connected},
             {"guest_connected", vector.attached}};
  if (vector.gsi) entry["gsi"] = *vector.gsi;
  return entry;
}

json device_json(const Plan& plan, vfio::PassthroughFunction& function) {
  const FunctionRole& role = plan.roles.at(function.name());
  const unsigned requester = role.interrupts.requester;
  const vfio::InterruptState state = function.interrupt_state();
  json vectors = json::array();
  for (const vfio::VectorState& vector : state.vectors) vectors.push_back(vector_json(vector));
  return {{"host", role.host},
          {"guest", fmt::format("{:02x}:{:02x}.{}", requester >> 8, requester >> 3 & 0x1f, requester & 7)},
          {"interrupts", kind_text(state.kind)},
          {"vectors", std::move(vectors)}};
}

}  // namespace

std::string guest_state_json(const Plan& plan, const std::vector<vfio::PassthroughFunction*>& functions) {
  json devices = json::array();
  for (vfio::PassthroughFunction* function : functions) devices.push_back(device_json(plan, *function));
  const json root{{"name", plan.config.name},
                  {"pid", ::getpid()},
                  {"cpus", plan.config.cpus},
                  {"memory", plan.config.memory.size},
                  {"iommu", plan.iommufd ? "iommufd" : "type1"},
                  {"devices", std::move(devices)}};
  return root.dump();
}

}  // namespace vireo
