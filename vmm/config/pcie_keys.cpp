#include "vmm/config/pcie_keys.h"

#include <algorithm>
#include <array>

#include "vmm/config/device_keys.h"
#include "vmm/config/emulated_keys.h"
#include "vmm/config/units.h"

namespace vireo::config {
namespace {

constexpr const char* kAddressSchema =
    R"("type":["number","string"],"minimum":0,"maximum":31.7,"pattern":"^([12]?[0-9]|3[01])([.][0-7])?$")";

void add_function(const Node& node, PortConfig& port, Diagnostics& diagnostics) {
  port.functions.push_back(read_device_keys(node, diagnostics));
}

bool refuse_second_device(const Node& node, const PortConfig& port, Diagnostics& diagnostics) {
  if (port.has_device())
    diagnostics.add(node.where, "a port has one device", "write `device`, or `functions` for one with several");
  return port.has_device();
}

void read_device(const Node& node, PortConfig& port, Diagnostics& diagnostics) {
  if (refuse_second_device(node, port, diagnostics)) return;
  if (is_emulated(node))
    port.emulated = read_emulated_keys(node, diagnostics);
  else
    add_function(node, port, diagnostics);
}

void read_functions(const Node& node, PortConfig& port, Diagnostics& diagnostics) {
  constexpr size_t kMost = 8;
  if (node.kind != Node::Kind::kList)
    return refuse_kind(node, "functions", "a list", "a device each: [{vfio: ADDRESS}, {vfio: ADDRESS}]", diagnostics);
  if (node.items.empty() || node.items.size() > kMost)
    diagnostics.add(node.where, "a device has 1 to 8 functions, not " + std::to_string(node.items.size()));
  if (refuse_second_device(node, port, diagnostics)) return;
  for (const Node& item : node.items) add_function(item, port, diagnostics);
}

// `3` or `3.0`: a device number, perhaps a function number, as lspci shows them.
void read_address(const Node& node, PortConfig& port, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  const size_t dot = node.text.find('.');
  const auto device = parse_number(node.text.substr(0, dot));
  const auto function = dot == std::string::npos ? 0 : parse_number(node.text.substr(dot + 1));
  if (!device || *device > 31 || !function || *function > 7)
    return diagnostics.add(node.where, quoted(node.text) + " is not an address on a bus",
                           "a device number from 0 to 31: 3; or with its function from 0 to 7: \"3.0\"");
  port.device_number = static_cast<uint8_t>(*device);
  if (dot != std::string::npos) port.function_number = static_cast<uint8_t>(*function);
}

void read_ports(const Node& node, SwitchConfig& target, Diagnostics& diagnostics);
void read_switch(const Node& node, PortConfig& port, Diagnostics& diagnostics);

constexpr std::array kPortKeys = {
    Key<PortConfig>{"name", true, kNameSchema, "the port's name",
                    [](const Node& n, PortConfig& p, Diagnostics& d) { read_name(n, p.name, d); }},
    Key<PortConfig>{"address", false, kAddressSchema, "device number on its bus; the first free one if not said",
                    read_address},
    Key<PortConfig>{"device", false, R"("oneOf":[{"$ref":"#/$defs/device"},{"$ref":"#/$defs/emulated"}])",
                    "what is plugged in: {vfio: ADDRESS}, or an emulated device: {virtio: block, image: FILE}, "
                    "{emulated: nvme, image: FILE}",
                    read_device},
    Key<PortConfig>{"functions", false, R"("type":"array","minItems":1,"maxItems":8,"items":{"$ref":"#/$defs/device"})",
                    "what is plugged in, of several functions: [{vfio: ADDRESS}, {vfio: ADDRESS}]", read_functions},
    Key<PortConfig>{"switch", false, R"("$ref":"#/$defs/switch")", "a switch that is plugged in: {name, ports}",
                    read_switch},
};

constexpr std::array kSwitchKeys = {
    Key<SwitchConfig>{"name", true, kNameSchema, "the switch's name",
                      [](const Node& n, SwitchConfig& c, Diagnostics& d) { read_name(n, c.name, d); }},
    Key<SwitchConfig>{"ports", true, R"("type":"array","items":{"$ref":"#/$defs/port"})",
                      "its downstream ports: a list of {name, device}", read_ports},
};

// The same table where an entry of `pcie:` says its kind in place of `name`.
template <typename Table>
constexpr Table with_first_key(Table table, const char* name) {
  table.front().name = name;
  return table;
}
constexpr std::array kRootPortKeys = with_first_key(kPortKeys, "root_port");
constexpr std::array kSwitchEntryKeys = with_first_key(kSwitchKeys, "switch");

void read_ports(const Node& node, SwitchConfig& target, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList) return refuse_kind(node, "ports", "a list", "[] is none", diagnostics);
  for (const Node& item : node.items) {
    PortConfig port{.where = item.where};
    read_mapping<PortConfig>(item, kPortKeys, port, diagnostics, "a downstream port");
    target.ports.push_back(std::move(port));
  }
}

void read_switch(const Node& node, PortConfig& port, Diagnostics& diagnostics) {
  SwitchConfig below{.where = node.where};
  read_mapping<SwitchConfig>(node, kSwitchKeys, below, diagnostics, "a switch below a port");
  port.downstream.push_back(std::move(below));
}

// Looks at all ports of a file, and remembers where each name and each device stands.
class PcieCheck {
 public:
  explicit PcieCheck(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void check(const std::vector<PortConfig>& ports) {
    check_addresses(ports);
    for (const PortConfig& port : ports) {
      check_name(port.name, port.where);
      for (const DeviceConfig& device : port.functions) note(devices_, name_of(device), device.where, "the device ");
      if (port.emulated && !port.emulated->disk.read_only)
        note(images_, port.emulated->disk.image, port.emulated->disk.image_where, "the image ");
      if (port.emulated)
        for (const ConsolePortConfig& way : port.emulated->ports)
          note(console_ports_, way.socket + way.file, way.where, "the console port at ");
      if (port.emulated) note(taps_, port.emulated->net.tap, port.emulated->net.way_where, "the tap ");
      if (port.has_device() && !port.downstream.empty())
        diagnostics_.add(port.where, "port " + port.name + " has a device and a switch",
                         "a port has one link: remove one");
      for (const SwitchConfig& below : port.downstream) {
        check_name(below.name, below.where);
        check(below.ports);
      }
    }
  }

 private:
  struct Seen {
    std::string what;
    Location where;
  };

  // Empty: which one it is is not said.
  static std::string name_of(const DeviceConfig& device) {
    if (!device.vf) return device.vfio;
    return device.vf->index ? "VF " + std::to_string(*device.vf->index) + " of " + device.vf->pf : std::string();
  }

  void check_name(const std::string& name, const Location& where) {
    if (name == "host-bridge" || name == "lpc-bridge")
      diagnostics_.add(where, "the name " + name + " is taken", "vireo's own device on the root bus has it");
    note(names_, name, where, "the name ");
  }

  // Ports of one bus may not sit at one address.
  void check_addresses(const std::vector<PortConfig>& ports) {
    std::vector<Seen> addresses;
    for (const PortConfig& port : ports) {
      if (!port.device_number) continue;
      const std::string function = std::to_string(port.function_number.value_or(0));
      note(addresses, std::to_string(*port.device_number) + "." + function, port.where, "the address ");
    }
  }

  void note(std::vector<Seen>& seen, const std::string& what, const Location& where, const char* kind) {
    if (what.empty()) return;  // a mistake that was said already
    const auto first = std::find_if(seen.begin(), seen.end(), [&](const Seen& other) { return other.what == what; });
    if (first == seen.end()) {
      seen.push_back({what, where});
      return;
    }
    diagnostics_.add(where, kind + what + " stands twice",
                     "it stands in " + first->where.file + ":" + std::to_string(first->where.line) + " already");
  }

  Diagnostics& diagnostics_;
  std::vector<Seen> names_;
  std::vector<Seen> devices_;
  std::vector<Seen> images_;
  std::vector<Seen> taps_;
  std::vector<Seen> console_ports_;
};

}  // namespace

void read_pcie_entry(const Node& node, PcieConfig& pcie, Diagnostics& diagnostics) {
  PortConfig port{.where = node.where};
  const bool is_switch = node.find("switch") != nullptr && node.find("root_port") == nullptr;
  if (is_switch) {
    SwitchConfig below{.where = node.where};
    read_mapping<SwitchConfig>(node, kSwitchEntryKeys, below, diagnostics, "a switch");
    port.name = below.name.empty() ? "" : below.name + "-rp";
    port.downstream.push_back(std::move(below));
  } else {
    read_mapping<PortConfig>(node, kRootPortKeys, port, diagnostics, "a root port");
  }
  pcie.root_ports.push_back(std::move(port));
}

std::string pcie_definitions() {
  std::string schema = R"("pcie_entry":{"oneOf":[{)";
  schema.append(mapping_schema<PortConfig>(kRootPortKeys)).append("},{");
  schema.append(mapping_schema<SwitchConfig>(kSwitchEntryKeys)).append("}]},\n");
  schema.append("\"port\":{").append(mapping_schema<PortConfig>(kPortKeys)).append("},\n");
  schema.append("\"switch\":{").append(mapping_schema<SwitchConfig>(kSwitchKeys)).append("},\n");
  return schema.append(device_definitions()).append(",\n").append(emulated_definitions());
}

void check_pcie(const PcieConfig& pcie, Diagnostics& diagnostics) {
  PcieCheck(diagnostics).check(pcie.root_ports);
}

}  // namespace vireo::config
