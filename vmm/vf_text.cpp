#include "vmm/vf_text.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "vmm/base/printable.h"
#include "vmm/json_text.h"

namespace vireo {
namespace {

using nlohmann::json;

std::string held_to_text(const host::ListedVf& vf) {
  std::string text;
  for (const auto& [key, value] : vf.policy) text += fmt::format("{}{} {}", text.empty() ? "" : " ", key, value);
  if (vf.resources) text += (text.empty() ? "" : "; ") + host::resources_text(*vf.resources);
  return text;
}

std::string pf_line(const host::ListedPf& pf) {
  const host::PhysicalFunction& function = pf.function;
  std::string names = function.name;
  if (!function.interface.empty()) names += " " + function.interface;
  if (!function.nvme_node.empty()) names += " " + function.nvme_node;
  return fmt::format("{} ({}): {} of {} VFs\n", names, function.driver.empty() ? "no driver" : function.driver,
                     pf.vfs.size(), function.total_vfs);
}

json vf_json(const host::ListedVf& vf, size_t index) {
  json object = {
      {"index", index}, {"address", vf.address}, {"driver", vf.driver}, {"user", vf.user}, {"policy", vf.policy}};
  if (vf.resources)
    object["nvme"] = {{"online", vf.resources->online},
                      {"queues", vf.resources->queues},
                      {"interrupts", vf.resources->interrupts},
                      {"namespaces", vf.resources->namespaces}};
  return object;
}

}  // namespace

std::string vfs_text(const std::vector<host::ListedPf>& listed) {
  if (listed.empty()) return "no function of this host has SR-IOV\n";
  std::string text;
  for (const host::ListedPf& pf : listed) {
    text += pf_line(pf);
    for (size_t index = 0; index < pf.vfs.size(); ++index) {
      const host::ListedVf& vf = pf.vfs[index];
      text += fmt::format("  VF {}  {}  {}\n", index, vf.address, vf.user.empty() ? "free" : vf.user);
      if (const std::string held_to = held_to_text(vf); !held_to.empty()) text += "        " + held_to + "\n";
    }
  }
  return base::printable_lines(text);
}

std::string vfs_json(const std::vector<host::ListedPf>& listed) {
  json list = json::array();
  for (const host::ListedPf& pf : listed) {
    json vfs = json::array();
    for (size_t index = 0; index < pf.vfs.size(); ++index) vfs.push_back(vf_json(pf.vfs[index], index));
    list.push_back({{"pf", pf.function.name},
                    {"driver", pf.function.driver},
                    {"interface", pf.function.interface},
                    {"nvme", pf.function.nvme_node},
                    {"total_vfs", pf.function.total_vfs},
                    {"vfs", std::move(vfs)}});
  }
  return json_text(list);
}

}  // namespace vireo
