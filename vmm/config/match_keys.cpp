#include "vmm/config/match_keys.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <span>

#include "vmm/config/units.h"

namespace vireo::config {

namespace {

template <const char* kName>
void read_any(const Node& node, MatchConfig& match, Diagnostics& diagnostics) {
  std::string text;
  read_text(node, text, diagnostics);
  if (!text.empty()) match.values[kName] = text;
}

void read_mac(const Node& node, MatchConfig& match, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  if (!parse_mac(node.text))
    return diagnostics.add(node.where, quoted(node.text) + " is no station's MAC address", "52:54:00:12:34:56");
  match.values["mac"] = lower(node.text);
}

void read_id(const Node& node, MatchConfig& match, Diagnostics& diagnostics) {
  constexpr size_t kLength = 9;
  if (!require_scalar(node, diagnostics)) return;
  bool good = node.text.size() == kLength;
  for (size_t i = 0; good && i < kLength; ++i)
    good = i == 4 ? node.text[i] == ':' : std::isxdigit(static_cast<unsigned char>(node.text[i])) != 0;
  if (!good)
    return diagnostics.add(node.where, quoted(node.text) + " is no vendor and device",
                           "as `lspci -n` shows them: 8086:1521");
  match.values["id"] = lower(node.text);
}

void read_index(const Node& node, MatchConfig& match, Diagnostics& diagnostics) {
  uint64_t number = ~uint64_t{0};
  read_number(node, {0, 65535}, number, diagnostics);
  if (number != ~uint64_t{0}) match.index = static_cast<unsigned>(number);
}

constexpr char kPciPath[] = "pci_path";
constexpr char kInterface[] = "interface";
constexpr char kNvmeSerial[] = "nvme_serial";
constexpr char kNamespace[] = "namespace";
constexpr char kSerial[] = "serial";

constexpr std::array kMatchKeys{
    Key<MatchConfig>{"pci_path", false, kTextSchema,
                     "device and function numbers from its root bus on, the same whatever the buses' numbers are: "
                     "0000:00/1c.0/00.1",
                     read_any<kPciPath>},
    Key<MatchConfig>{"id", false, R"("type":"string","pattern":"^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$")",
                     "vendor and device: 8086:1521", read_id},
    Key<MatchConfig>{"interface", false, kTextSchema, "its network interface: eth1", read_any<kInterface>},
    Key<MatchConfig>{"mac", false, kMacSchema, "its network interface's MAC address", read_mac},
    Key<MatchConfig>{"nvme_serial", false, kTextSchema, "its NVMe controller's serial number", read_any<kNvmeSerial>},
    Key<MatchConfig>{"namespace", false, kTextSchema, "the wwid of a namespace of its NVMe controller's",
                     read_any<kNamespace>},
    Key<MatchConfig>{"serial", false, kTextSchema, "the serial number in its vital product data", read_any<kSerial>},
    Key<MatchConfig>{"index", false, R"("type":"integer","minimum":0)",
                     "which of several, by address, from 0; if not said, there must be one", read_index},
};
// What is expected of one device has no index.
constexpr std::span kExpectKeys = std::span(kMatchKeys).first(kMatchKeys.size() - 1);

MatchConfig read_match(const Node& node, std::span<const Key<MatchConfig>> keys, const char* what,
                       Diagnostics& diagnostics) {
  MatchConfig match;
  read_mapping<MatchConfig>(node, keys, match, diagnostics, what);
  // An index chooses of those that something is said of.
  const bool silent = std::ranges::all_of(node.members, [](const auto& member) { return member.key == "index"; });
  if (node.kind == Node::Kind::kMapping && silent)
    diagnostics.add(node.where, std::string(what) + " says nothing of it",
                    "its keys: " + comma_separated(names_of(kExpectKeys)));
  return match;
}

// `${NAME}` and `${NAME[1]}`: PCIDEVICE_... as Kubernetes' SR-IOV device plugin sets them, addresses by commas.
std::optional<std::string> from_environment(const Node& node, Diagnostics& diagnostics) {
  std::string name = node.text.substr(2, node.text.size() - 3);
  std::optional<uint64_t> index;
  if (const size_t bracket = name.find('['); bracket != std::string::npos && name.ends_with(']')) {
    index = parse_number(name.substr(bracket + 1, name.size() - bracket - 2));
    name.erase(bracket);
    if (!index) {
      diagnostics.add(node.where, quoted(node.text) + " says no number of an address", "from 0: ${" + name + "[0]}");
      return std::nullopt;
    }
  }
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) {
    diagnostics.add(node.where, "the environment has no " + name, "start vireo with it set to a PCI address");
    return std::nullopt;
  }
  const std::string text = value;
  const std::vector<std::string> addresses = split_at_commas(text);
  if (index ? *index < addresses.size() : addresses.size() == 1) return addresses[index.value_or(0)];
  diagnostics.add(node.where, name + " has " + std::to_string(addresses.size()) + " addresses: " + text,
                  "write which, from 0: ${" + name + "[0]}");
  return std::nullopt;
}

}  // namespace

void read_vfio(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::kMapping) {
    device.match = read_match(node, kMatchKeys, "vfio", diagnostics);
    return;
  }
  if (!require_scalar(node, diagnostics)) return;
  const bool named = node.text.starts_with("${") && node.text.ends_with('}');
  const std::optional<std::string> text = named ? from_environment(node, diagnostics) : node.text;
  if (!text) return;
  const auto address = parse_pci_address(*text);
  if (!address)
    return diagnostics.add(node.where, quoted(*text) + " is not a PCI address", "as `lspci -D` shows it: 0000:01:00.1");
  device.vfio = *address;
}

void read_expect(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  device.expect = read_match(node, kExpectKeys, "expect", diagnostics).values;
  device.expect_where = node.where;
}

std::string match_definitions() {
  return "\"match\":{" + mapping_schema<MatchConfig>(kMatchKeys) + "},\n\"expect\":{" +
         mapping_schema<MatchConfig>(kExpectKeys) + "}";
}

}  // namespace vireo::config
