// The guest's side of a plan's picture.
#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>

#include "vfio/host/names.h"
#include "vmm/base/size_text.h"
#include "vmm/plan_devices.h"
#include "vmm/plan_picture.h"
#include "vmm/plan_words.h"

namespace vireo {
namespace {

using Tone = PictureLine::Tone;

// `addresses`: with where each is, for which a box has no room.
std::string bars_text(const pci::PlannedFunction& function, bool addresses) {
  std::vector<std::string> parts;
  for (unsigned i = 0; i < pci::kBars; ++i) {
    const pci::Bar& bar = function.bars[i];
    if (bar.kind == pci::BarKind::kNone) continue;
    parts.push_back(fmt::format("{}: {}{}{}", i == pci::kRomIndex ? "ROM" : fmt::format("BAR {}", i),
                                base::size_text(bar.size), bar.kind == pci::BarKind::kIo ? " I/O" : "",
                                addresses ? fmt::format(" at {:#x}", function.addresses[i]) : ""));
  }
  // Broken between BARs only.
  for (std::string& part : parts)
    for (size_t blank = part.find(' '); blank != std::string::npos; blank = part.find(' '))
      part.replace(blank, 1, "\u00a0");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string vectors_text(unsigned count, const char* kind) {
  return fmt::format("{} {} vector{}", count, kind, count == 1 ? "" : "s");
}

std::string interrupts_text(const host::HostFacts& facts) {
  if (facts.msix.vectors != 0) return vectors_text(facts.msix.vectors, "MSI-X");
  return facts.msi_vectors == 0 ? "no message interrupts" : vectors_text(facts.msi_vectors, "MSI");
}

bool is_about(const Conflict& conflict, const std::string& name, const FunctionRole& role) {
  if (conflict.subject.empty()) return false;
  const config::EmulatedConfig& emulated = role.emulated;
  return conflict.subject == name || conflict.subject == emulated.disk.image ||
         conflict.subject == emulated.net.tap + emulated.net.socket ||
         std::ranges::any_of(emulated.ports, [&](const config::ConsolePortConfig& port) {
           return conflict.subject == port.socket + port.file;
         });
}

// A host device's reason is on the host's side.
void append_conflicts(const Plan& plan, const FunctionRole& role, PictureBox& box) {
  for (const Conflict& conflict : plan.conflicts) {
    if (!is_about(conflict, box.name, role)) continue;
    const bool first = box.look != Look::kConflict;
    box.look = Look::kConflict;
    if (role.kind != FunctionKind::kPassthrough)
      box.lines.push_back({.tone = Tone::kConflict, .text = "conflict: " + conflict.message, .most_lines = 4});
    else if (first)
      box.lines.push_back({.tone = Tone::kConflict, .text = "conflict: see " + box.name});
  }
}

void append_passed(const Plan& plan, const FunctionRole& role, PictureBox& box) {
  const host::HostFacts& facts = plan.devices.at(role.host);
  box.look = Look::kPassed;
  box.aside = "from " + role.host;
  box.lines.insert(
      box.lines.begin(),
      {.text = facts.name.empty() ? host::device_name(facts.vendor, facts.device) : facts.name, .most_lines = 2});
  box.lines.push_back({.tone = Tone::kQuiet, .text = interrupts_text(facts)});
}

void append_emulated(const Plan& plan, const FunctionRole& role, PictureBox& box) {
  box.look = Look::kEmulated;
  box.aside = kind_text(role);
  box.lines.insert(box.lines.begin(), {.text = box.name});
  box.lines.push_back({.tone = Tone::kQuiet, .text = vectors_text(vectors_of(role.emulated), "MSI-X")});
  if (const std::string backing = backing_text(plan, role); !backing.empty())
    box.lines.push_back({.text = "backed by " + backing, .most_lines = 2});
}

PictureBox box_of(const Plan& plan, const pci::PlannedFunction& function) {
  const FunctionRole& role = plan.roles.at(function.name);
  PictureBox box{.name = function.name, .over = function.bridge, .heading = place_text(function)};
  if (const std::string bars = bars_text(function, false); !bars.empty()) {
    box.lines.push_back({.tone = Tone::kQuiet, .text = bars, .most_lines = 2});
    box.more = bars_text(function, true);
  }
  if (role.kind == FunctionKind::kPassthrough) append_passed(plan, role, box);
  if (role.kind == FunctionKind::kEmulated) append_emulated(plan, role, box);
  if (function.bridge) {
    const bool is_port = role.kind != FunctionKind::kUpstreamPort;
    box.lines = {{.text = function.name}, {.tone = Tone::kQuiet, .text = kind_text(role), .most_lines = 2}};
    if (is_port && !role.occupied) box.lines.push_back({.tone = Tone::kQuiet, .text = "empty"});
    if (role.occupied && function.below.empty()) {
      box.look = Look::kConflict;
      box.lines.push_back({.tone = Tone::kConflict, .text = "conflict: no such device", .most_lines = 2});
    }
    box.more = fmt::format("buses {:02x} to {:02x} below", function.secondary, function.subordinate);
  }
  append_conflicts(plan, role, box);
  for (const pci::PlannedFunction& below : function.below) box.below.push_back(box_of(plan, below));
  return box;
}

}  // namespace

// What is built in is told in the root complex: a box each would be as large as a device's.
PictureBox guest_boxes(const Plan& plan) {
  PictureBox root{.name = "root complex", .over = true, .heading = "bus 00", .lines = {{.text = "root complex"}}};
  for (const pci::PlannedFunction& function : plan.root_bus) {
    const FunctionRole& role = plan.roles.at(function.name);
    if (role.kind == FunctionKind::kHostBridge || role.kind == FunctionKind::kLpcBridge)
      root.lines.push_back(
          {.tone = Tone::kQuiet, .text = std::string(kind_text(role)) + " " + place_text(function), .most_lines = 2});
    else
      root.below.push_back(box_of(plan, function));
  }
  return root;
}

}  // namespace vireo
