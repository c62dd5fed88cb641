#include <algorithm>
#include <nlohmann/json.hpp>

#include "vfio/host/journal.h"
#include "vfio/host/pci_address.h"
#include "vmm/base/error.h"

// A journal's text: JSON, a kind of step each with what undoing it takes.
namespace vireo::host {
namespace {

using base::ExitCode;
using nlohmann::json;

constexpr int kVersion = 1;
constexpr const char* kDriverKind = "driver";
constexpr const char* kAttributeKind = "attribute";
constexpr const char* kBarSizeKind = "bar_size";
constexpr const char* kVfCountKind = "vf_count";
constexpr const char* kVfPolicyKind = "vf_policy";
constexpr const char* kNvmeResourcesKind = "nvme_resources";

[[noreturn]] void refuse(const std::string& why) {
  throw base::Error(ExitCode::kDevice, why);
}

json to_json(const DriverStep& step) {
  return {{"kind", kDriverKind},
          {"device", step.device},
          {"driver", step.driver},
          {"override", step.driver_override},
          {"target", step.target}};
}

json to_json(const AttributeStep& step) {
  return {{"kind", kAttributeKind},
          {"device", step.device},
          {"attribute", step.attribute},
          {"before", step.before},
          {"wanted", step.wanted}};
}

json to_json(const BarSizeStep& step) {
  return {{"kind", kBarSizeKind},
          {"device", step.device},
          {"bar", step.bar},
          {"before", step.before},
          {"wanted", step.wanted}};
}

json to_json(const VfCountStep& step) {
  return {{"kind", kVfCountKind}, {"device", step.device}, {"count", step.count}, {"autoprobe", step.autoprobe}};
}

json to_json(const VfPolicyStep& step) {
  return {{"kind", kVfPolicyKind},  {"device", step.device}, {"pf", step.place.physical_function},
          {"vf", step.place.index}, {"before", step.before}, {"wanted", step.wanted}};
}

json to_json(const NvmeResources& resources) {
  return {{"online", resources.online},
          {"queues", resources.queues},
          {"interrupts", resources.interrupts},
          {"namespaces", resources.namespaces}};
}

json to_json(const NvmeResourcesStep& step) {
  return {{"kind", kNvmeResourcesKind}, {"device", step.device},          {"pf", step.place.physical_function},
          {"vf", step.place.index},     {"before", to_json(step.before)}, {"wanted", to_json(step.wanted)}};
}

const json& member(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) refuse(std::string("\"") + key + "\" is missing");
  return *found;
}

std::string text_of(const json& object, const char* key) {
  const json& value = member(object, key);
  if (!value.is_string()) refuse(std::string("\"") + key + "\" is not a string");
  return value.get<std::string>();
}

// A driver's or an attribute's name becomes a part of a path.
std::string name_of(const json& object, const char* key) {
  std::string name = text_of(object, key);
  if (name.find_first_of(std::string_view("/\n\0", 3)) != std::string::npos || name == "." || name == "..")
    refuse(std::string("\"") + key + "\" is not the name of a driver or an attribute");
  return name;
}

// power/control is the one that lies in a folder.
std::string attribute_of(const json& object) {
  const char* const kKey = "attribute";
  return text_of(object, kKey) == kPowerControl ? kPowerControl : name_of(object, kKey);
}

template <typename Number>
Number number_of(const json& object, const char* key) {
  const json& value = member(object, key);
  if (!value.is_number_integer()) refuse(std::string("\"") + key + "\" is not a number");
  return value.get<Number>();
}

VfPolicy policy_of(const json& object, const char* key) {
  const json& value = member(object, key);
  if (!value.is_object()) refuse(std::string("\"") + key + "\" is not a policy");
  VfPolicy policy;
  for (const auto& [name, text] : value.items()) policy.emplace(name, text_of(value, name.c_str()));
  return policy;
}

NvmeResources resources_of(const json& object, const char* key) {
  const json& value = member(object, key);
  if (!value.is_object() || !member(value, "online").is_boolean() || !member(value, "namespaces").is_array())
    refuse(std::string("\"") + key + "\" says no resources");
  NvmeResources resources{.online = value["online"].get<bool>(),
                          .queues = number_of<unsigned>(value, "queues"),
                          .interrupts = number_of<unsigned>(value, "interrupts"),
                          .namespaces = {}};
  for (const json& number : value["namespaces"]) {
    if (!number.is_number_integer()) refuse("a namespace is not a number");
    resources.namespaces.push_back(number.get<unsigned>());
  }
  return resources;
}

VfPlace place_of(const json& object) {
  return {.physical_function = name_of(object, "pf"), .index = number_of<unsigned>(object, "vf")};
}

DriverStep parse_driver(const json& object) {
  return {.device = text_of(object, "device"),
          .driver = name_of(object, "driver"),
          .driver_override = name_of(object, "override"),
          .target = name_of(object, "target")};
}

AttributeStep parse_attribute(const json& object) {
  return {.device = text_of(object, "device"),
          .attribute = attribute_of(object),
          .before = text_of(object, "before"),
          .wanted = text_of(object, "wanted")};
}

BarSizeStep parse_bar_size(const json& object) {
  return {.device = text_of(object, "device"),
          .bar = number_of<unsigned>(object, "bar"),
          .before = number_of<uint64_t>(object, "before"),
          .wanted = number_of<uint64_t>(object, "wanted")};
}

VfCountStep parse_vf_count(const json& object) {
  return {.device = text_of(object, "device"),
          .count = number_of<unsigned>(object, "count"),
          .autoprobe = text_of(object, "autoprobe")};
}

VfPolicyStep parse_vf_policy(const json& object) {
  return {.device = text_of(object, "device"),
          .place = place_of(object),
          .before = policy_of(object, "before"),
          .wanted = policy_of(object, "wanted")};
}

NvmeResourcesStep parse_nvme_resources(const json& object) {
  return {.device = text_of(object, "device"),
          .place = place_of(object),
          .before = resources_of(object, "before"),
          .wanted = resources_of(object, "wanted")};
}

Step parse_step(const json& object) {
  if (!object.is_object()) refuse("a step is not an object");
  const std::string kind = text_of(object, "kind");
  // A VF that is on no PCI bus (netdevsim) goes by its PF's name.
  const bool named = kind == kVfPolicyKind && !name_of(object, "device").empty();
  if (!named && !parse_address(text_of(object, "device"))) refuse("\"device\" is not a PCI address");
  if (kind == kDriverKind) return parse_driver(object);
  if (kind == kAttributeKind) return parse_attribute(object);
  if (kind == kBarSizeKind) return parse_bar_size(object);
  if (kind == kVfCountKind) return parse_vf_count(object);
  if (kind == kVfPolicyKind) return parse_vf_policy(object);
  if (kind == kNvmeResourcesKind) return parse_nvme_resources(object);
  refuse("step \"" + kind + "\" is unknown to this version of vireo");
}

}  // namespace

bool any_of_device(const std::vector<Step>& steps, const std::string& device) {
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) { return device_of(step) == device; });
}

std::string device_of(const Step& step) {
  return std::visit([](const auto& one) { return one.device; }, step);
}

std::string to_text(const JournalRecord& record) {
  json steps = json::array();
  for (const Step& step : record.steps) steps.push_back(std::visit([](const auto& one) { return to_json(one); }, step));
  const json whole = {{"version", kVersion},   {"boot", record.boot},       {"pid", record.pid},
                      {"guest", record.guest}, {"created", record.created}, {"steps", std::move(steps)}};
  // A guest's name may have any bytes; the journal must be written all the same.
  return whole.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

JournalRecord parse_journal(const std::string& text) {
  const json whole = json::parse(text, nullptr, false);
  if (!whole.is_object()) refuse("it is cut short or not a journal");
  if (number_of<int64_t>(whole, "version") != kVersion) refuse("it is of another version of vireo");
  JournalRecord record{.boot = text_of(whole, "boot"),
                       .pid = number_of<int64_t>(whole, "pid"),
                       .guest = text_of(whole, "guest"),
                       .created = number_of<uint64_t>(whole, "created"),
                       .steps = {}};
  const json& steps = member(whole, "steps");
  if (!steps.is_array()) refuse("\"steps\" is not a list");
  for (const json& step : steps) record.steps.push_back(parse_step(step));
  return record;
}

}  // namespace vireo::host
