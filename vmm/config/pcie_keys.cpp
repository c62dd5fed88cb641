#include "vmm/config/pcie_keys.h"

#include <map>

#include "vmm/config/units.h"

namespace vireo::config {
namespace {

constexpr const char* kNameSchema = R"("type":"string","pattern":"^[A-Za-z0-9._-]{1,64}$")";

const std::vector<Key<PortConfig>>& port_keys();

void read_vfio(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  const auto address = node.kind == Node::Kind::kScalar ? parse_pci_address(node.text) : std::nullopt;
  if (!address)
    return diagnostics.add(node.where, "`" + node.text + "` is not a PCI address",
                           "as `lspci -D` shows it: 0000:01:00.1");
  device.vfio = *address;
}

const std::vector<Key<DeviceConfig>>& device_keys() {
  static const std::vector<Key<DeviceConfig>> keys{
      {"vfio", true, R"("type":"string")", "address of a host device that the guest gets: 0000:01:00.1", read_vfio},
      {"force", false, R"("type":"boolean")", "take the device although the host uses it",
       [](const Node& n, DeviceConfig& c, Diagnostics& d) { read_boolean(n, c.force, d); }},
  };
  return keys;
}

void read_ports(const Node& node, SwitchConfig& target, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList)
    return diagnostics.add(node.where, std::string("ports must be a list, this is ") + kind_name(node.kind));
  for (const Node& item : node.items) {
    PortConfig port{.where = item.where};
    read_mapping(item, port_keys(), port, diagnostics, "a downstream port");
    target.ports.push_back(std::move(port));
  }
}

const std::vector<Key<SwitchConfig>>& switch_keys() {
  static const std::vector<Key<SwitchConfig>> keys{
      {"name", true, kNameSchema, "the switch's name",
       [](const Node& n, SwitchConfig& c, Diagnostics& d) { read_name(n, c.name, d); }},
      {"ports", true, R"("type":"array")", "its downstream ports", read_ports},
  };
  return keys;
}

void read_device(const Node& node, PortConfig& port, Diagnostics& diagnostics) {
  DeviceConfig device{.where = node.where};
  read_mapping(node, device_keys(), device, diagnostics, "device");
  if (const Node* vfio = node.find("vfio")) device.where = vfio->where;
  if (!device.vfio.empty()) port.device = device;
}

void read_switch(const Node& node, PortConfig& port, Diagnostics& diagnostics) {
  SwitchConfig below{.where = node.where};
  read_mapping(node, switch_keys(), below, diagnostics, "switch");
  port.downstream.push_back(std::move(below));
}

void read_address(const Node& node, PortConfig& port, Diagnostics& diagnostics) {
  uint64_t device = 0;
  read_number(node, {0, 30}, device, diagnostics);
  port.device_number = static_cast<uint8_t>(device);
}

const std::vector<Key<PortConfig>>& port_keys() {
  static const std::vector<Key<PortConfig>> keys{
      {"name", true, kNameSchema, "the port's name",
       [](const Node& n, PortConfig& p, Diagnostics& d) { read_name(n, p.name, d); }},
      {"address", false, R"("type":"integer","minimum":0,"maximum":30)", "device number on its bus", read_address},
      {"device", false, R"("type":"object")", "what is plugged in: {vfio: ADDRESS}", read_device},
      {"switch", false, R"("type":"object")", "a switch that is plugged in: {name, ports}", read_switch},
  };
  return keys;
}

// A root port: as a downstream port, with `root_port:` for its name.
const std::vector<Key<PortConfig>>& root_port_keys() {
  static const std::vector<Key<PortConfig>> keys = [] {
    std::vector<Key<PortConfig>> rows = port_keys();
    rows.front().name = "root_port";
    return rows;
  }();
  return keys;
}

// `- switch: NAME` with `ports:` stands for a root port NAME-rp with that switch.
const std::vector<Key<SwitchConfig>>& switch_entry_keys() {
  static const std::vector<Key<SwitchConfig>> keys = [] {
    std::vector<Key<SwitchConfig>> rows = switch_keys();
    rows.front().name = "switch";
    return rows;
  }();
  return keys;
}

void check_port(const PortConfig& port, Diagnostics& diagnostics) {
  if (port.device && !port.downstream.empty())
    diagnostics.add(port.where, "port " + port.name + " has a device and a switch", "a port has one link: remove one");
}

// Where each name and device was seen first.
struct Seen {
  std::map<std::string, Location> names;
  std::map<std::string, Location> devices;
};

void note(std::map<std::string, Location>& seen, const std::string& what, const Location& where, const char* kind,
          Diagnostics& diagnostics) {
  if (what.empty()) return;
  const auto [entry, is_new] = seen.emplace(what, where);
  if (is_new) return;
  diagnostics.add(where, std::string(kind) + " " + what + " stands twice",
                  "it stands in " + entry->second.file + ":" + std::to_string(entry->second.line) + " already");
}

void check_ports(const std::vector<PortConfig>& ports, Seen& seen, Diagnostics& diagnostics) {
  for (const PortConfig& port : ports) {
    check_port(port, diagnostics);
    note(seen.names, port.name, port.where, "the name", diagnostics);
    if (port.device) note(seen.devices, port.device->vfio, port.device->where, "the device", diagnostics);
    for (const SwitchConfig& below : port.downstream) {
      note(seen.names, below.name, below.where, "the name", diagnostics);
      check_ports(below.ports, seen, diagnostics);
    }
  }
}

}  // namespace

void read_pcie_entry(const Node& node, PcieConfig& pcie, Diagnostics& diagnostics) {
  PortConfig port{.where = node.where};
  const bool is_switch = node.find("switch") != nullptr && node.find("root_port") == nullptr;
  if (is_switch) {
    SwitchConfig below{.where = node.where};
    read_mapping(node, switch_entry_keys(), below, diagnostics, "a switch");
    port.name = below.name.empty() ? "" : below.name + "-rp";
    port.downstream.push_back(std::move(below));
  } else {
    read_mapping(node, root_port_keys(), port, diagnostics, "a root port");
  }
  pcie.root_ports.push_back(std::move(port));
}

std::string pcie_entry_schema() {
  return "{\"oneOf\":[{" + mapping_schema(root_port_keys()) + "},{" + mapping_schema(switch_entry_keys()) + "}]}";
}

void check_unique(const PcieConfig& pcie, Diagnostics& diagnostics) {
  Seen seen;
  check_ports(pcie.root_ports, seen, diagnostics);
}

}  // namespace vireo::config
