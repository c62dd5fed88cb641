#include "vmm/config/console_keys.h"

#include <algorithm>
#include <array>

namespace vireo::config {
namespace {

constexpr size_t kMostPorts = 15;

// It is the name of a file in the guest: /dev/virtio-ports.
void read_port_name(const Node& node, ConsolePortConfig& port, Diagnostics& diagnostics) {
  read_name(node, port.name, diagnostics);
}

constexpr std::array kPortKeys{
    Key<ConsolePortConfig>{"name", false, kNameSchema,
                           "its name in the guest, /dev/virtio-ports/NAME; one without a name is a console, /dev/hvc0",
                           read_port_name},
    Key<ConsolePortConfig>{"socket", false, kTextSchema,
                           "a Unix socket that vireo makes and listens on, for one client at a time",
                           [](const Node& n, ConsolePortConfig& c, Diagnostics& d) { read_path(n, c.socket, d); }},
    Key<ConsolePortConfig>{"file", false, kTextSchema, "a file that output is added to",
                           [](const Node& n, ConsolePortConfig& c, Diagnostics& d) { read_path(n, c.file, d); }},
};

}  // namespace

void read_console_ports(const Node& node, std::vector<ConsolePortConfig>& ports, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList)
    return refuse_kind(node, "ports", "a list", "[{socket: PATH}], or [{name: NAME, socket: PATH}]", diagnostics);
  if (node.items.empty() || node.items.size() > kMostPorts)
    diagnostics.add(node.where, "a console has 1 to " + std::to_string(kMostPorts) + " ports, not " +
                                    std::to_string(node.items.size()));
  for (const Node& item : node.items) {
    ConsolePortConfig port{.where = item.where};
    read_mapping<ConsolePortConfig>(item, kPortKeys, port, diagnostics, "a console's port");
    if (item.kind == Node::Kind::kMapping && (item.find("socket") != nullptr) == (item.find("file") != nullptr))
      diagnostics.add(item.where, "a console's port has one way out", "write `socket: PATH` or `file: PATH`");
    const bool twice =
        !port.name.empty() && std::ranges::any_of(ports, [&](const auto& other) { return other.name == port.name; });
    if (twice) diagnostics.add(item.where, "the port " + port.name + " stands twice", "give each its own name");
    ports.push_back(std::move(port));
  }
}

std::string console_port_definition() {
  return R"("console_port":{)" + mapping_schema<ConsolePortConfig>(kPortKeys) + "}";
}

}  // namespace vireo::config
