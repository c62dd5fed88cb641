#include "vmm/config/capability_keys.h"

#include <array>
#include <charconv>
#include <optional>

namespace vireo::config {
namespace {

struct Name {
  const char* name;
  bool extended;
  uint16_t id;
  bool emulated = false;  // its registers are vireo's: it cannot be passed
};

// Source of the ids: PCI Code and ID Assignment specification 1.16, 2 and 3.
constexpr std::array kNames{
    Name{"power_management", false, 0x01, true},
    Name{"vpd", false, 0x03},
    Name{"msi", false, 0x05, true},
    Name{"vendor_specific", false, 0x09},
    Name{"express", false, 0x10, true},
    Name{"msix", false, 0x11, true},
    Name{"aer", true, 0x01},
    Name{"serial_number", true, 0x03},
    Name{"ext_vendor_specific", true, 0x0b},
    Name{"acs", true, 0x0d},
    Name{"ari", true, 0x0e},
    Name{"ats", true, 0x0f},
    Name{"sriov", true, 0x10},
    Name{"pri", true, 0x13},
    Name{"resizable_bar", true, 0x15},
    Name{"tph", true, 0x17},
    Name{"ltr", true, 0x18},
    Name{"pasid", true, 0x1b},
    Name{"dvsec", true, 0x23},
};
constexpr std::string_view kExtendedPrefix = "ext_";

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  names.reserve(kNames.size());
  for (const Name& name : kNames) names.emplace_back(name.name);
  return names;
}

// `0x09` or `ext_0x000b`.
std::optional<Name> by_id(std::string_view text) {
  const bool extended = text.starts_with(kExtendedPrefix);
  if (extended) text.remove_prefix(kExtendedPrefix.size());
  if (!text.starts_with("0x")) return std::nullopt;
  uint16_t id = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), id, 16);
  if (error != std::errc() || end != text.data() + text.size() || (!extended && id > 0xff)) return std::nullopt;
  for (const Name& name : kNames)
    if (name.extended == extended && name.id == id) return name;
  return Name{"", extended, id};
}

std::optional<Name> find_capability(const std::string& text) {
  for (const Name& name : kNames)
    if (text == name.name) return name;
  return by_id(text);
}

void read_one(const Node::Member& member, DeviceConfig& device, Diagnostics& diagnostics) {
  const auto found = find_capability(member.key);
  if (!found) {
    const std::string near = nearest(member.key, all_names());
    return diagnostics.add(member.where, quoted(member.key) + " is no capability",
                           near.empty() ? "known: " + comma_separated(all_names()) + "; or an id: 0x09, ext_0x000b"
                                        : "did you mean `" + near + "`?");
  }
  if (!require_scalar(member.value, diagnostics)) return;
  const bool pass = member.value.text == "pass";
  if (!pass && member.value.text != "hide")
    return diagnostics.add(member.value.where, quoted(member.value.text) + " is not what can be done with a capability",
                           "hide or pass; what is not named is as vireo's table has it");
  if (pass && found->emulated)
    return diagnostics.add(member.value.where, quoted(member.key) + " cannot be passed: its registers are vireo's own",
                           "hide it, or leave the line out");
  device.capabilities.push_back({.extended = found->extended, .id = found->id, .pass = pass});
}

}  // namespace

void read_capabilities(const Node& node, DeviceConfig& device, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kMapping)
    return refuse_kind(node, "capabilities", "a mapping", "{msix: hide}", diagnostics);
  for (const Node::Member& member : node.members) read_one(member, device, diagnostics);
}

}  // namespace vireo::config
