#include "vmm/compare/guest_file.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "vmm/compare/users_guest.h"
#include "vmm/config/units.h"

namespace vireo::compare {
namespace {

using nlohmann::json;

// Its console is the agent's: the kernel says only what ends it.
constexpr const char* kCommandLine = "console=ttyS0 quiet loglevel=1 panic=-1";

json boot_agent(const std::string& path, const config::CompareConfig& config, const GuestFiles& files) {
  return {{"kernel", files.kernel},
          {"initrd", files.folder + "/" + path + ".initrd"},
          {"cmdline", kCommandLine + (config.cmdline.empty() ? "" : " " + config.cmdline)}};
}

// The medium comes first: Linux names disks in their order, and so is /dev/vda where it is virtio's.
void plug_in_system(json& file, const std::string& path, const GuestFiles& files) {
  file["pcie"].push_back(
      {{"root_port", "system"}, {"device", {{"virtio", "block"}, {"image", system_copy(path, files)}}}});
  file["cloud_init"] = {{"user_data", files.folder + "/" + kUserData},
                        {"network", files.folder + "/" + kNetworkData},
                        {"files", {{"agent", files.agent}}}};
}

}  // namespace

std::string guest_file(const std::string& path, const config::CompareConfig& config, const Route& route,
                       const GuestFiles& files) {
  json file{{"name", "compare-" + std::to_string(::getpid()) + "-" + path},
            {"cpus", config.cpus},
            // All of a guest's RAM that owns a device is there from the start: so is that of the others.
            {"memory", {{"size", config::format_size(config.memory)}, {"prefault", true}}},
            {"boot", boot_agent(path, config, files)},
            {"pcie", {{{"root_port", "medium"}, {"device", json::parse(route.guest_device)}}}},
            {"on_reboot", "exit"}};
  if (!config.image.empty()) {
    file["boot"] = {{"firmware", config.firmware}, {"disk", "system"}};
    plug_in_system(file, path, files);
  }
  return file.dump(2) + "\n";
}

}  // namespace vireo::compare
