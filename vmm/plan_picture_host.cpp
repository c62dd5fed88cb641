// The host's side of a plan's picture.
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "vfio/host/names.h"
#include "vfio/host/neighbours.h"
#include "vmm/plan_devices.h"
#include "vmm/plan_picture.h"
#include "vmm/plan_words.h"

namespace vireo {
namespace {

using Tone = PictureLine::Tone;

constexpr const char* kNowhere = "not found";

const host::HostFacts* facts_of_function(const Plan& plan, const std::string& address) {
  for (const auto* known : {&plan.devices, &plan.around})
    if (const auto found = known->find(address); found != known->end()) return &found->second;
  return nullptr;
}

std::string name_of(const host::HostFacts& facts) {
  return facts.name.empty() ? host::device_name(facts.vendor, facts.device) : facts.name;
}

// What stands over a function. A PF that nobody has looked at is where its VFs are: Linux drivers/pci/iov.c.
std::vector<std::string> way_to_function(const Plan& plan, const std::string& address) {
  const host::HostFacts* facts = facts_of_function(plan, address);
  for (const auto& [vf, known] : plan.devices)
    if (facts == nullptr && known.physical_function == address) facts = &known;
  if (facts == nullptr) return {kNowhere};
  std::vector<std::string> way = host::way_to(*facts);
  return way.empty() ? std::vector<std::string>{"pci" + address.substr(0, address.rfind(':'))} : way;
}

PictureBox bridge_box(const Plan& plan, const std::string& part) {
  PictureBox box{.name = part, .over = true, .heading = part};
  if (part == kNowhere) {
    box.lines.push_back({.tone = Tone::kQuiet, .text = "on this host"});
    return box;
  }
  const bool is_root = part.starts_with("pci");
  if (is_root) box.heading = part.substr(3);
  box.lines.push_back({.tone = Tone::kQuiet, .text = is_root ? "root bus" : "bridge"});
  if (const auto found = plan.around.find(part); found != plan.around.end()) {
    box.lines.push_back({.tone = Tone::kQuiet, .text = name_of(found->second), .most_lines = 2});
    if (!found->second.driver.empty()) box.more = "driver " + found->second.driver;
  }
  return box;
}

// Return the box below the last part of `way`, made where it is not there yet.
std::vector<PictureBox>& boxes_below(const Plan& plan, std::vector<PictureBox>& roots,
                                     const std::vector<std::string>& way) {
  std::vector<PictureBox>* boxes = &roots;
  for (const std::string& part : way) {
    // A function of that name is a bridge that the file wrongly gives to the guest.
    auto found = std::ranges::find_if(*boxes, [&](const PictureBox& box) { return box.over && box.name == part; });
    if (found == boxes->end()) found = boxes->insert(found, bridge_box(plan, part));
    boxes = &found->below;
  }
  return *boxes;
}

void find_place(const std::vector<pci::PlannedFunction>& bus, const std::string& name, std::string& place) {
  for (const pci::PlannedFunction& function : bus) {
    if (function.name == name) place = place_text(function);
    find_place(function.below, name, place);
  }
}

PictureLine node_line(const Plan& plan, const host::HostFacts& facts) {
  const auto& memory = plan.config.memory.numa_node;
  if (!memory || *memory == *facts.numa_node)
    return {.tone = Tone::kQuiet, .text = fmt::format("NUMA node {}", *facts.numa_node)};
  return {.tone = Tone::kWarning,
          .text = fmt::format("NUMA node {}, the guest's memory is on {}", *facts.numa_node, *memory)};
}

void append_facts(const Plan& plan, const host::HostFacts& facts, PictureBox& box) {
  box.lines.push_back({.text = name_of(facts), .most_lines = 2});
  const std::string driver = facts.driver.empty() ? "no driver" : "driver " + facts.driver;
  const std::string group = facts.group ? fmt::format("IOMMU group {}", *facts.group) : "no IOMMU group";
  box.lines.push_back({.tone = Tone::kQuiet, .text = driver + ", " + group});
  if (facts.is_vf) box.lines.push_back({.tone = Tone::kQuiet, .text = "VF of " + facts.physical_function});
  if (facts.numa_node) box.lines.push_back(node_line(plan, facts));
}

// What the guest does not get says why it is in the picture.
std::string role_text(const Plan& plan, const std::string& address) {
  return std::ranges::count(plan.companions, address) != 0 ? "taken along, for nobody" : "PF, the host's";
}

// Its address is the box's heading already.
std::string reason(const Conflict& conflict) {
  if (!conflict.message.starts_with(conflict.subject)) return conflict.message;
  const size_t start = conflict.message.find_first_not_of(": ", conflict.subject.size());
  return start == std::string::npos ? conflict.message : conflict.message.substr(start);
}

PictureBox function_box(const Plan& plan, const std::string& address, bool wanted) {
  PictureBox box{.name = address, .look = wanted ? Look::kPassed : Look::kPlain, .heading = address};
  std::string place;
  find_place(plan.root_bus, address, place);
  if (!wanted) box.aside = role_text(plan, address);
  if (!place.empty()) box.aside = "to " + place;
  if (const host::HostFacts* facts = facts_of_function(plan, address)) append_facts(plan, *facts, box);
  for (const Conflict& conflict : plan.conflicts) {
    if (conflict.subject != address) continue;
    box.look = Look::kConflict;
    box.lines.push_back({.tone = Tone::kConflict, .text = "conflict: " + reason(conflict), .most_lines = 4});
  }
  return box;
}

}  // namespace

std::vector<PictureBox> host_boxes(const Plan& plan) {
  std::map<std::string, bool> functions;  // by address: whether the guest is to have it
  for (const std::string& address : plan.companions) functions[address] = false;
  for (const auto& [address, facts] : plan.devices)
    if (!facts.physical_function.empty()) functions[facts.physical_function] = false;
  for (const config::DeviceConfig* device : devices_of(plan.config)) functions[device->vfio] = true;
  std::vector<PictureBox> roots;
  for (const auto& [address, wanted] : functions)
    boxes_below(plan, roots, way_to_function(plan, address)).push_back(function_box(plan, address, wanted));
  std::stable_partition(roots.begin(), roots.end(), [](const PictureBox& root) { return root.name != kNowhere; });
  return roots;
}

}  // namespace vireo
