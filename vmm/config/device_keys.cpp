#include "vmm/config/device_keys.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>

#include "iommu/driver_dma.h"
#include "vmm/config/capability_keys.h"
#include "vmm/config/choice.h"
#include "vmm/config/match_keys.h"
#include "vmm/config/units.h"
#include "vmm/config/vf_keys.h"

namespace vireo::config {
namespace {

constexpr uint64_t kNoBar = 6;

// Linux Documentation/ABI/testing/sysfs-bus-pci, reset_method.
constexpr std::array kResetMethods{"flr", "pm", "bus", "af_flr", "acpi", "device_specific", "cxl_bus"};

void read_rom(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  device.rom_where = node.where;
  if (node.kind == Node::Kind::kScalar && node.text == "off")
    device.no_rom = true;
  else
    read_path(node, device.rom_file, diagnostics);
}

// It becomes a part of a path.
void read_driver(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  const bool is_name = std::ranges::all_of(
      node.text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; });
  if (!is_name || !iommu::is_vfio_driver(node.text))
    return diagnostics.add(node.where, quoted(node.text) + " is no driver of VFIO's", "vfio-pci, mlx5_vfio_pci");
  device.driver = node.text;
}

void read_power(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  if (node.text != "on" && node.text != "auto")
    return diagnostics.add(node.where, quoted(node.text) + " is no `power`", "on, or auto");
  device.power = node.text;
}

void add_reset(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  if (std::find(kResetMethods.begin(), kResetMethods.end(), node.text) == kResetMethods.end())
    return diagnostics.add(node.where, quoted(node.text) + " is not a way to reset a device",
                           "one of " + comma_separated({kResetMethods.begin(), kResetMethods.end()}));
  device.reset_methods.push_back(node.text);
}

void read_reset(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  device.reset_where = node.where;
  if (node.kind != Node::Kind::kList) return add_reset(node, device, diagnostics);
  for (const Node& item : node.items) add_reset(item, device, diagnostics);
}

void read_on_error(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  constexpr std::array kChoices{Choice<OnError>{"stop", OnError::kStop}, Choice<OnError>{"detach", OnError::kDetach},
                                Choice<OnError>{"report", OnError::kReport}};
  device.on_error_where = node.where;
  read_choice(node, kChoices, "is not what a device's failure can do", device.on_error, diagnostics);
}

void read_removal_timeout(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  uint64_t seconds = device.removal_timeout;
  read_number(node, {0, 3600}, seconds, diagnostics);
  device.removal_timeout = static_cast<unsigned>(seconds);
}

// RFC 9562 4: 8-4-4-4-12 hexadecimal digits.
bool is_uuid(const std::string& text) {
  constexpr size_t kLength = 36;
  if (text.size() != kLength) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

void read_vf_token(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  if (!is_uuid(node.text))
    return diagnostics.add(node.where, quoted(node.text) + " is not a UUID", "a new one: uuidgen");
  device.vf_token = node.text;
}

void read_msix_table(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  constexpr std::array kChoices{Choice<MsixTable>{"auto", MsixTable::kAuto},
                                Choice<MsixTable>{"device", MsixTable::kDevice},
                                Choice<MsixTable>{"relocate", MsixTable::kRelocate}};
  device.msix_table_where = node.where;
  read_choice(node, kChoices, "is no place for an MSI-X table", device.msix_table, diagnostics);
}

void read_clique(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  constexpr uint64_t kNone = ~uint64_t{0};
  uint64_t number = kNone;
  device.clique_where = node.where;
  read_number(node, {0, 15}, number, diagnostics);
  if (number != kNone) device.gpudirect_clique = static_cast<uint8_t>(number);
}

// `{0: 16GiB}`: a BAR with the size it gets on the host.
void read_bar_size(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kMapping)
    return refuse_kind(node, "bar_size", "a mapping", "a BAR and its size: {0: 16GiB}", diagnostics);
  device.bar_size_where = node.where;
  for (const Node::Member& member : node.members) {
    const auto bar = parse_number(member.key);
    if (!bar || *bar >= kNoBar) diagnostics.add(member.where, quoted(member.key) + " is no BAR", "0 to 5");
    if (!require_scalar(member.value, diagnostics)) continue;
    const auto size = parse_size(member.value.text);
    if (!size || !std::has_single_bit(*size) || *size < base::kMiB)
      diagnostics.add(member.value.where, quoted(member.value.text) + " is not a size that a BAR can have",
                      "a power of two from 1MiB on");
    else if (bar && *bar < kNoBar)
      device.bar_sizes.emplace(static_cast<unsigned>(*bar), *size);
  }
}

void read_file(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  constexpr uint64_t kNone = ~uint64_t{0};
  uint64_t number = kNone;
  device.file_where = node.where;
  read_number(node, {3, 1'000'000}, number, diagnostics);
  if (number != kNone) device.file = static_cast<int>(number);
}

void read_trap(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList)
    return refuse_kind(node, "trap", "a list", "numbers of BARs, 0 to 5: [0, 2]", diagnostics);
  for (const Node& item : node.items) {
    uint64_t bar = kNoBar;
    read_number(item, {0, kNoBar - 1}, bar, diagnostics);
    if (bar != kNoBar) device.trapped_bars.push_back(static_cast<unsigned>(bar));
  }
}

constexpr Key<DeviceConfig> kDeviceKeys[] = {
    {"vfio", false, kVfioSchema,
     "a host device that the guest gets: its address, 0000:01:00.1; ${NAME} for one in the environment; or what it is "
     "known by, {mac: 52:54:00:12:34:56}",
     read_vfio},
    {"expect", false, kExpectSchema, "what the device must be known by, or the guest does not start: {serial: 4711}",
     read_expect},
    {"vf", false, R"("$ref":"#/$defs/vf")",
     "in place of `vfio`, a VF that is chosen, or made, when the guest starts: {pf: eth1, create: 4, mac: "
     "52:54:00:12:34:56}",
     [](const Node& n, DeviceConfig& c, Diagnostics& d) { c.vf = read_vf_keys(n, d); }},
    {"force", false, kBooleanSchema, "take the device although the host uses it",
     [](const Node& n, DeviceConfig& c, Diagnostics& d) { read_boolean(n, c.force, d); }},
    {"companions", false, kBooleanSchema,
     "take the other functions of its IOMMU group, too, so that the group is viable; no guest sees them",
     [](const Node& n, DeviceConfig& c, Diagnostics& d) { read_boolean(n, c.companions, d); }},
    {"driver", false, R"("type":"string","pattern":"^[A-Za-z0-9_-]*vfio[_-]pci$")",
     "the driver of VFIO's that it is bound to: vfio-pci; if not said, the variant that is made for it "
     "(mlx5_vfio_pci), "
     "else vfio-pci",
     read_driver},
    {"power", false, R"("enum":["on","auto",true])",
     "on: it is not suspended (D3hot, D3cold) while the guest has it; as it is, if not said", read_power},
    {"capabilities", false, kCapabilitiesSchema, "what the guest sees of its capabilities: {msix: hide, vpd: pass}",
     read_capabilities},
    {"rom", false, kTextSchema, "its expansion ROM: off, or the path of a file; the device's own if not said",
     read_rom},
    {"reset", false, R"("oneOf":[{"$ref":"#/$defs/reset"},{"type":"array","items":{"$ref":"#/$defs/reset"}}])",
     "how it is reset, first that works: bus, or [flr, bus]; the kernel's own order if not said", read_reset},
    {"on_error", false, R"("enum":["stop","detach","report"])",
     "when it fails: stop the guest (if not said), detach it, or report it to the guest's root port (AER); when the "
     "host "
     "wants it back: stop the guest, or (detach, report) have the guest let go of it",
     read_on_error},
    {"removal_timeout", false, R"("type":"integer","minimum":0,"maximum":3600)",
     "seconds that the guest has to let go of it before it is pulled; 30 if not said, 0: pull it at once",
     read_removal_timeout},
    {"vf_token", false, R"("type":"string","format":"uuid")",
     "UUID that a VF and its PF show each other, where VFIO has both", read_vf_token},
    {"bar_size", false, R"("type":"object","additionalProperties":{"type":"string"})",
     "sizes of resizable BARs, set on the host before the guest starts: {0: 16GiB}", read_bar_size},
    {"msix_table", false, R"("enum":["auto","device","relocate"])",
     "where the guest finds its MSI-X table: where the device has it, or relocated to a BAR of its own; auto, if not "
     "said: relocated where it shares a page with doorbells",
     read_msix_table},
    {"gpudirect_clique", false, R"("type":"integer","minimum":0,"maximum":15)",
     "number of the set of NVIDIA GPUs that reach each other by peer-to-peer DMA", read_clique},
    {"fd", false, R"("type":"integer","minimum":3)",
     "number of an open file that vireo was started with: the group's (type1) or the device's own (iommufd)",
     read_file},
    {"trap", false, R"("type":"array","items":{"type":"integer","minimum":0,"maximum":5})",
     "BARs whose accesses vireo carries out one by one, to see them in a trace or where mapping them fails: [0]",
     read_trap},
};

}  // namespace

DeviceConfig read_device_keys(const Node& node, Diagnostics& diagnostics) {
  DeviceConfig device{.where = node.where};
  read_mapping<DeviceConfig>(node, kDeviceKeys, device, diagnostics, "device");
  if (node.kind != Node::Kind::kMapping) return device;
  const Node* vfio = node.find("vfio");
  const Node* vf = node.find("vf");
  if (vfio != nullptr && vf != nullptr) diagnostics.add(vf->where, "a device is `vfio` or `vf`, not both");
  // One that is misspelled has been said.
  const bool misspelled = std::ranges::any_of(node.members, [](const Node::Member& member) {
    const std::string meant = nearest(member.key, {"vfio", "vf"});
    return !meant.empty() && find_key<DeviceConfig>(kDeviceKeys, member.key) == nullptr;
  });
  if (vfio == nullptr && vf == nullptr && !misspelled)
    diagnostics.add(
        node.where, "device lacks `vfio` or `vf`",
        "vfio: address of a host device; vf: {pf: INTERFACE}, for a VF that is chosen when the guest starts");
  if (vf != nullptr && device.file)
    diagnostics.add(device.file_where, "which VF it is is not known when vireo is started with its file",
                    "name the VF by `vfio`");
  if (const Node* first = vfio != nullptr ? vfio : vf) device.where = first->where;
  return device;
}

std::string device_definitions() {
  std::string schema = R"("reset":{"enum":[)";
  for (const char* method : kResetMethods)
    schema.append(method == kResetMethods.front() ? "\"" : ",\"").append(method).append("\"");
  schema.append("]},\n");
  return schema.append("\"device\":{\"oneOf\":[{\"required\":[\"vfio\"]},{\"required\":[\"vf\"]}],")
      .append(mapping_schema<DeviceConfig>(kDeviceKeys))
      .append("},\n")
      .append(vf_definition())
      .append(",\n")
      .append(match_definitions());
}

}  // namespace vireo::config
