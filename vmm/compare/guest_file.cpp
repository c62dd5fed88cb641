#include "vmm/compare/guest_file.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "vmm/config/units.h"

namespace vireo::compare {
namespace {

using nlohmann::json;

// Its console is the agent's: the kernel says only what ends it.
constexpr const char* kCommandLine = "console=ttyS0 quiet loglevel=1 panic=-1";

json vf_json(const config::CompareConfig& config, const HostMedium& medium) {
  const config::VfConfig vf = config.vf.value_or(config::VfConfig{});
  json entry{{"pf", medium.controller}, {"create", vf.create == 0 ? 1 : vf.create}};
  if (vf.index) entry["index"] = *vf.index;
  if (medium.has_virtual_resources) {
    // A queue and an interrupt for each CPU, and those for administration. NVMe base specification 2.0, 8.26
    entry["queues"] = vf.queues.value_or(config.cpus + 1);
    entry["interrupts"] = vf.interrupts.value_or(config.cpus + 1);
    entry["namespaces"] = vf.namespaces.value_or(std::vector<unsigned>{config.name_space});
  }
  return entry;
}

json device_json(const std::string& path, const config::CompareConfig& config, const HostMedium& medium) {
  if (path == "vf") return {{"vf", vf_json(config, medium)}};
  const auto backing = config.backing.find(path);
  json disk{{"image", backing == config.backing.end() ? medium.node : backing->second},
            {"direct", true},
            {"read_only", !config.writes}};
  disk[path == "nvme" ? "emulated" : "virtio"] = path == "nvme" ? "nvme" : "block";
  return disk;
}

}  // namespace

std::string guest_file(const std::string& path, const config::CompareConfig& config, const HostMedium& medium,
                       const GuestFiles& files) {
  const json file{{"name", "compare-" + std::to_string(::getpid()) + "-" + path},
                  {"cpus", config.cpus},
                  {"memory", config::format_size(config.memory)},
                  {"boot",
                   {{"kernel", files.kernel},
                    {"initrd", files.folder + "/" + path + ".initrd"},
                    {"cmdline", kCommandLine + (config.cmdline.empty() ? "" : " " + config.cmdline)}}},
                  {"pcie", {{{"root_port", "medium"}, {"device", device_json(path, config, medium)}}}},
                  {"on_reboot", "exit"}};
  return file.dump(2) + "\n";
}

}  // namespace vireo::compare
