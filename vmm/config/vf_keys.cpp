#include "vmm/config/vf_keys.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <span>

#include "vmm/config/units.h"

namespace vireo::config {
namespace {

using Normal = std::optional<std::string> (*)(const std::string& text);

template <uint64_t kMost>
std::optional<std::string> number(const std::string& text) {
  const auto value = parse_number(text);
  return value && *value <= kMost ? std::optional(text) : std::nullopt;
}

// All zeros takes it away.
std::optional<std::string> mac(const std::string& text) {
  return parse_mac(text) ? std::optional(lower(text)) : std::nullopt;
}

constexpr std::array kProtocols{"802.1Q", "802.1ad"};
constexpr std::array kSwitch{"on", "off"};
constexpr std::array kLinkStates{"auto", "enable", "disable"};

template <const auto& kChoices>
std::optional<std::string> one_of(const std::string& text) {
  const auto* found = std::ranges::find_if(kChoices, [&](const char* choice) { return choice == text; });
  return found == kChoices.end() ? std::nullopt : std::optional<std::string>(*found);
}

// ip-link(8) takes the letters of either case.
std::optional<std::string> protocol(const std::string& text) {
  const auto* found =
      std::ranges::find_if(kProtocols, [&](const char* choice) { return ::strcasecmp(choice, text.c_str()) == 0; });
  return found == kProtocols.end() ? std::nullopt : std::optional<std::string>(*found);
}

// What a PF's driver can hold its VF to, by `ip link set DEV vf N`'s words (ip-link(8)).
struct PolicyKey {
  const char* name;
  Normal normal;
  const char* schema;
  const char* values;  // for who wrote another
  const char* help;
  std::span<const char* const> choices = {};  // none: a word of the user's own
};

constexpr const char* kOnOffSchema = R"("enum":["on","off",true,false])";
constexpr const char* kRateSchema = R"("type":"integer","minimum":0,"maximum":4294967295)";
constexpr const char* kRateValues = "Mbit/s as a number; 0: no limit";
constexpr uint64_t kMostRate = 0xffffffff;

constexpr std::array kPolicyKeys{
    PolicyKey{"mac", mac, kMacSchema, "six pairs of digits, not a group's address: 52:54:00:12:34:56",
              "its MAC address, held by the PF"},
    PolicyKey{"vlan", number<4094>, R"("type":"integer","minimum":0,"maximum":4094)", "0 (none) to 4094",
              "VLAN that the PF puts all its traffic into; 0: none"},
    PolicyKey{"qos", number<7>, R"("type":"integer","minimum":0,"maximum":7)", "0 to 7", "priority in that VLAN"},
    PolicyKey{"proto", protocol, R"("enum":["802.1Q","802.1ad"])", "802.1Q or 802.1ad", "the VLAN's protocol",
              kProtocols},
    PolicyKey{"spoofchk", one_of<kSwitch>, kOnOffSchema, "on or off", "drop what it sends under another MAC address",
              kSwitch},
    PolicyKey{"trust", one_of<kSwitch>, kOnOffSchema, "on or off",
              "let it choose MAC addresses and promiscuous mode itself", kSwitch},
    PolicyKey{"state", one_of<kLinkStates>, R"("enum":["auto","enable","disable"])", "auto, enable or disable",
              "its link: as the PF's, or always up or down", kLinkStates},
    PolicyKey{"max_tx_rate", number<kMostRate>, kRateSchema, kRateValues, "the most that it sends, in Mbit/s"},
    PolicyKey{"min_tx_rate", number<kMostRate>, kRateSchema, kRateValues, "what it can always send, in Mbit/s"},
};

template <size_t kIndex>
void read_policy(const Node& node, VfConfig& vf, Diagnostics& diagnostics) {
  constexpr const PolicyKey& kKey = kPolicyKeys[kIndex];
  if (!require_scalar(node, diagnostics)) return;
  const auto value = kKey.normal(node.text);
  if (!value) return diagnostics.add(node.where, quoted(node.text) + " is no `" + kKey.name + "`", kKey.values);
  vf.policy[kKey.name] = *value;
}

template <size_t kIndex>
constexpr Key<VfConfig> policy_key() {
  return {kPolicyKeys[kIndex].name, false, kPolicyKeys[kIndex].schema, kPolicyKeys[kIndex].help, read_policy<kIndex>};
}

constexpr uint64_t kMostVfs = 65535;

void read_index(const Node& node, VfConfig& vf, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::kScalar && node.text == "any") return;
  if (!require_scalar(node, diagnostics)) return;
  const auto value = parse_number(node.text);
  if (!value || *value >= kMostVfs)
    return diagnostics.add(node.where, quoted(node.text) + " is not the index of a VF", "a number from 0 on, or any");
  vf.index = static_cast<unsigned>(*value);
}

template <auto kMember, uint64_t kLeast, uint64_t kMost>
void read_count(const Node& node, VfConfig& vf, Diagnostics& diagnostics) {
  uint64_t value = ~uint64_t{0};
  read_number(node, {kLeast, kMost}, value, diagnostics);
  if (value != ~uint64_t{0}) vf.*kMember = static_cast<unsigned>(value);
}

void read_namespaces(const Node& node, VfConfig& vf, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList)
    return refuse_kind(node, "namespaces", "a list", "numbers of namespaces: [1]", diagnostics);
  vf.namespaces.emplace();
  for (const Node& item : node.items) {
    uint64_t number = 0;
    read_number(item, {1, 0xfffffffe}, number, diagnostics);
    vf.namespaces->push_back(static_cast<unsigned>(number));
  }
  std::ranges::sort(*vf.namespaces);
  if (std::ranges::adjacent_find(*vf.namespaces) != vf.namespaces->end())
    diagnostics.add(node.where, "a namespace stands twice", "each once: [1, 2]");
}

constexpr std::array kVfKeys{
    Key<VfConfig>{"pf", true, kTextSchema,
                  "its physical function: an address, a network interface or an NVMe controller: eth1",
                  [](const Node& n, VfConfig& c, Diagnostics& d) { read_text(n, c.pf, d); }},
    Key<VfConfig>{"index", false, R"("oneOf":[{"type":"integer","minimum":0},{"const":"any"}])",
                  "which of the PF's VFs, from 0; any, if not said: one that nobody uses", read_index},
    Key<VfConfig>{"create", false, R"("type":"integer","minimum":1)",
                  "how many VFs to make where the PF has none; they go when no guest has one any more",
                  read_count<&VfConfig::create, 1, kMostVfs>},
    policy_key<0>(),
    policy_key<1>(),
    policy_key<2>(),
    policy_key<3>(),
    policy_key<4>(),
    policy_key<5>(),
    policy_key<6>(),
    policy_key<7>(),
    policy_key<8>(),
    Key<VfConfig>{"queues", false, R"("type":"integer","minimum":2,"maximum":65535)",
                  "of an NVMe VF: queue pairs, with the one for administration",
                  read_count<&VfConfig::queues, 2, kMostVfs>},
    Key<VfConfig>{"interrupts", false, R"("type":"integer","minimum":1,"maximum":65535)",
                  "of an NVMe VF: interrupt vectors", read_count<&VfConfig::interrupts, 1, kMostVfs>},
    Key<VfConfig>{"namespaces", false, R"("type":"array","items":{"type":"integer","minimum":1})",
                  "of an NVMe VF: the namespaces that are attached to it, and no others: [1]", read_namespaces},
};
static_assert(kPolicyKeys.size() == 9);
constexpr size_t kAfterPf = 1;
constexpr size_t kFirstSetting = 3;  // after those that choose the VF
static_assert(std::string_view(kVfKeys[kFirstSetting].name) == kPolicyKeys[0].name);

Node list_of(const Node& node) {
  Node list{.kind = Node::Kind::kList, .where = node.where};
  for (std::string& part : split_at_commas(node.text))
    list.items.push_back({.kind = Node::Kind::kScalar, .where = node.where, .text = std::move(part)});
  return list;
}

}  // namespace

VfConfig read_vf_keys(const Node& node, Diagnostics& diagnostics) {
  VfConfig vf;
  read_mapping<VfConfig>(node, kVfKeys, vf, diagnostics, "a VF");
  return vf;
}

VfConfig read_vf_settings(const Node& node, Diagnostics& diagnostics) {
  VfConfig vf;
  read_mapping<VfConfig>(node, std::span(kVfKeys).subspan(kAfterPf), vf, diagnostics, "a VF");
  return vf;
}

VfConfig parse_vf_settings(const std::vector<std::string>& words) {
  const std::string name = "command line";
  std::string line;
  for (const std::string& word : words) line.append(word).append(" ");
  Diagnostics diagnostics(name, line);
  Node settings{.kind = Node::Kind::kMapping, .where = {.file = name, .line = 1, .column = 1}};
  size_t column = 1;
  for (size_t i = 0; i < words.size(); ++i) {
    const Location where{.file = name, .line = 1, .column = static_cast<int>(column)};
    column += words[i].size() + 1;
    if (i % 2 == 0) {
      if (settings.find(words[i]) != nullptr) diagnostics.add(where, "duplicate key " + quoted(words[i]));
      settings.members.push_back({.key = words[i], .where = where, .value = {.where = where}});
    } else {
      const Node value{.kind = Node::Kind::kScalar, .where = where, .text = words[i]};
      settings.members.back().value = settings.members.back().key == "namespaces" ? list_of(value) : value;
    }
  }
  VfConfig vf;
  read_mapping<VfConfig>(settings, std::span(kVfKeys).subspan(kFirstSetting), vf, diagnostics, "a VF's settings");
  diagnostics.require_none();
  return vf;
}

std::vector<VfSetting> vf_settings() {
  std::vector<VfSetting> settings;
  for (const Key<VfConfig>& key : std::span(kVfKeys).subspan(kFirstSetting)) {
    VfSetting setting{.name = key.name, .choices = {}};
    const auto* policy = std::ranges::find(kPolicyKeys, std::string_view(key.name), &PolicyKey::name);
    if (policy != kPolicyKeys.end()) setting.choices.assign(policy->choices.begin(), policy->choices.end());
    settings.push_back(std::move(setting));
  }
  return settings;
}

std::string vf_definition() {
  return "\"vf\":{" + mapping_schema<VfConfig>(kVfKeys) + "}";
}

std::string vf_settings_definition() {
  return "\"vf\":{" + mapping_schema<VfConfig>(std::span(kVfKeys).subspan(kAfterPf)) + "}";
}

}  // namespace vireo::config
