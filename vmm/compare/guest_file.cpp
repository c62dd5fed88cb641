#include "vmm/compare/guest_file.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "vmm/config/units.h"

namespace vireo::compare {
namespace {

using nlohmann::json;

// Its console is the agent's: the kernel says only what ends it.
constexpr const char* kCommandLine = "console=ttyS0 quiet loglevel=1 panic=-1";

}  // namespace

std::string guest_file(const std::string& path, const config::CompareConfig& config, const Route& route,
                       const GuestFiles& files) {
  const json file{{"name", "compare-" + std::to_string(::getpid()) + "-" + path},
                  {"cpus", config.cpus},
                  // All of a guest's RAM that owns a device is there from the start: so is that of the others.
                  {"memory", {{"size", config::format_size(config.memory)}, {"prefault", true}}},
                  {"boot",
                   {{"kernel", files.kernel},
                    {"initrd", files.folder + "/" + path + ".initrd"},
                    {"cmdline", kCommandLine + (config.cmdline.empty() ? "" : " " + config.cmdline)}}},
                  {"pcie", {{{"root_port", "medium"}, {"device", json::parse(route.guest_device)}}}},
                  {"on_reboot", "exit"}};
  return file.dump(2) + "\n";
}

}  // namespace vireo::compare
