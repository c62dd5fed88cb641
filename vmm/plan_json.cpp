#include <nlohmann/json.hpp>

#include "vmm/json_text.h"
#include "vmm/plan_text.h"

namespace vireo {
namespace {

using nlohmann::json;

json window_json(const pci::Window& window) {
  return {{"start", window.base}, {"size", window.size}};
}

json function_json(const Plan& plan, const pci::PlannedFunction& function) {
  const FunctionRole& role = plan.roles.at(function.name);
  json entry{{"name", function.name},
             {"bus", function.bus},
             {"device", function.devfn >> 3},
             {"function", function.devfn & 7}};
  if (!role.host.empty()) entry["host"] = role.host;
  if (const auto image = plan.image_sizes.find(role.emulated.disk.image); image != plan.image_sizes.end())
    entry["image"] = {{"path", image->first}, {"size", image->second}, {"read_only", role.emulated.disk.read_only}};
  for (const config::ConsolePortConfig& port : role.emulated.ports)
    entry["ports"].push_back({{"name", port.name}, {port.socket.empty() ? "file" : "socket", port.socket + port.file}});
  if (role.msix_bar) entry["msix_bar"] = *role.msix_bar;
  if (function.bridge) {
    entry["secondary_bus"] = function.secondary;
    entry["subordinate_bus"] = function.subordinate;
    entry["windows"] = {{"io", window_json(function.windows.io)},
                        {"memory", window_json(function.windows.memory)},
                        {"prefetchable", window_json(function.windows.prefetchable)}};
  }
  entry["bars"] = json::array();
  for (unsigned i = 0; i < pci::kBars; ++i)
    if (function.bars[i].kind != pci::BarKind::kNone)
      entry["bars"].push_back({{"index", i},
                               {"address", function.addresses[i]},
                               {"size", function.bars[i].size},
                               {"prefetchable", function.bars[i].prefetchable}});
  entry["below"] = json::array();
  for (const pci::PlannedFunction& below : function.below) entry["below"].push_back(function_json(plan, below));
  return entry;
}

}  // namespace

std::string plan_json(const Plan& plan) {
  json root{{"name", plan.config.name},
            {"cpus", plan.config.cpus},
            {"memory", plan.config.memory.size},
            {"iommu", plan.iommufd ? "iommufd" : "type1"},
            {"peer_to_peer", plan.peer_to_peer},
            {"vectors", plan.vectors},
            {"files_needed", plan.files_needed},
            {"remarks", plan.remarks},
            {"memlock_needed", plan.memlock_needed},
            {"memlock_allowed", plan.machine.memlock_hard}};
  root["pcie"] = json::array();
  for (const pci::PlannedFunction& function : plan.root_bus) root["pcie"].push_back(function_json(plan, function));
  root["ram"] = json::array();
  for (const platform::RamRegion& region : plan.ram)
    root["ram"].push_back(
        {{"start", region.range.start().value()}, {"size", region.range.size()}, {"dma", !plan.devices.empty()}});
  root["windows"] = {{"io", window_json(plan.windows.io)},
                     {"memory", window_json(plan.windows.memory)},
                     {"prefetchable", window_json(plan.windows.prefetchable)}};
  root["conflicts"] = json::array();
  for (const Conflict& conflict : plan.conflicts)
    root["conflicts"].push_back({{"exit_code", static_cast<int>(conflict.code)},
                                 {"file", conflict.where.file},
                                 {"line", conflict.where.line},
                                 {"column", conflict.where.column},
                                 {"message", conflict.message},
                                 {"help", conflict.help}});
  return json_text(root);
}

}  // namespace vireo
