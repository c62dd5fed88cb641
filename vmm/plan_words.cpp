#include "vmm/plan_words.h"

#include <spdlog/fmt/fmt.h>

#include "vmm/base/size_text.h"

namespace vireo {

const char* kind_text(const FunctionRole& role) {
  switch (role.kind) {
    case FunctionKind::kHostBridge:
      return "host bridge";
    case FunctionKind::kLpcBridge:
      return "LPC bridge";
    case FunctionKind::kRootPort:
      return "root port";
    case FunctionKind::kUpstreamPort:
      return "switch upstream port";
    case FunctionKind::kDownstreamPort:
      return "switch downstream port";
    case FunctionKind::kPassthrough:
      return "passthrough";
    case FunctionKind::kEmulated:
      return role.emulated.is_virtio() ? "virtio" : "emulated";
  }
  return "";
}

std::string place_text(const pci::PlannedFunction& function) {
  return fmt::format("{:02x}:{:02x}.{}", function.bus, function.devfn >> 3, function.devfn & 7);
}

std::string backing_text(const Plan& plan, const FunctionRole& role) {
  if (role.emulated.kind == config::EmulatedKind::kNet)
    return fmt::format("{} {}", role.emulated.net.tap.empty() ? "passt at" : "tap",
                       role.emulated.net.tap + role.emulated.net.socket);
  if (role.emulated.kind == config::EmulatedKind::kConsole) {
    std::string text;
    for (const config::ConsolePortConfig& port : role.emulated.ports)
      text += fmt::format("{}{}{}{}", text.empty() ? "" : ", ", port.name, port.name.empty() ? "" : " at ",
                          port.socket + port.file);
    return text;
  }
  const config::DiskConfig& disk = role.emulated.disk;
  const auto image = plan.image_sizes.find(disk.image);
  if (image == plan.image_sizes.end()) return "";
  return fmt::format("{} ({}{}{})", disk.image, base::size_text(image->second), disk.read_only ? ", read-only" : "",
                     disk.direct ? ", direct" : "");
}

}  // namespace vireo
