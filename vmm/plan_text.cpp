#include "vmm/plan_text.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>

#include "vfio/host/names.h"
#include "vmm/base/size_text.h"
#include "vmm/boot_disks.h"
#include "vmm/plan_words.h"
#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

using base::size_text;

std::string reset_text(const Plan& plan, const host::HostFacts& facts) {
  if (const auto chosen = plan.reset_methods.find(facts.address); chosen != plan.reset_methods.end())
    return chosen->second.substr(0, chosen->second.find(' '));
  return facts.reset_methods.empty() ? "its whole bus" : facts.reset_methods.front();
}

std::string host_text(const Plan& plan, const FunctionRole& role) {
  if (const std::string backing = backing_text(plan, role); !backing.empty()) return "  <- " + backing;
  const auto found = plan.devices.find(role.host);
  if (found == plan.devices.end()) return "";
  const host::HostFacts& facts = found->second;
  return fmt::format("  <- {} {} (driver {}, group {}, reset by {})", facts.address,
                     host::device_name(facts.vendor, facts.device), facts.driver.empty() ? "none" : facts.driver,
                     facts.group ? std::to_string(*facts.group) : "none", reset_text(plan, facts));
}

void append_bars(std::string& text, const pci::PlannedFunction& function, std::optional<unsigned> msix_bar,
                 const std::string& indent) {
  for (unsigned i = 0; i < pci::kBars; ++i) {
    const pci::Bar& bar = function.bars[i];
    if (bar.kind == pci::BarKind::kNone) continue;
    text += fmt::format("{}  {} {:#x} {}{}{}{}\n", indent, i == pci::kRomIndex ? "ROM" : fmt::format("BAR {}", i),
                        function.addresses[i], size_text(bar.size), bar.kind == pci::BarKind::kIo ? " I/O" : "",
                        bar.prefetchable ? " prefetchable" : "", msix_bar == i ? " MSI-X table, relocated" : "");
  }
}

void append_tree(std::string& text, const Plan& plan, const std::vector<pci::PlannedFunction>& bus, unsigned depth) {
  const std::string indent(2 + 2 * depth, ' ');
  for (const pci::PlannedFunction& function : bus) {
    const FunctionRole& role = plan.roles.at(function.name);
    const std::string name = role.kind == FunctionKind::kPassthrough ? "" : " " + function.name;
    const std::string buses =
        function.bridge ? fmt::format(" [bus {:02x}-{:02x}]", function.secondary, function.subordinate) : "";
    const bool port = role.kind == FunctionKind::kRootPort || role.kind == FunctionKind::kDownstreamPort;
    text += fmt::format("{}{} {}{}{}{}{}\n", indent, place_text(function), kind_text(role), name, buses,
                        port && !role.occupied ? " (empty)" : "", host_text(plan, role));
    append_bars(text, function, role.msix_bar, indent);
    append_tree(text, plan, function.below, depth + 1);
  }
}

void append_memory(std::string& text, const Plan& plan) {
  const auto line = [&text](uint64_t start, uint64_t size, const std::string& what) {
    if (size != 0) text += fmt::format("  {:#014x}-{:#014x} {} ({})\n", start, start + size - 1, what, size_text(size));
  };
  for (const platform::RamRegion& region : plan.ram)
    line(region.range.start().value(), region.range.size(),
         plan.devices.empty() ? "RAM" : "RAM, mapped for DMA at the same addresses");
  line(plan.windows.memory.base, plan.windows.memory.size, "32-bit PCI window");
  line(platform::kEcamStart.value(), platform::kEcamSize, "ECAM");
  line(plan.windows.prefetchable.base, plan.windows.prefetchable.size, "64-bit PCI window");
}

// Whole pages of a memory BAR that is not trapped.
bool reachable(const Plan& plan, const pci::PlannedFunction& function, unsigned index) {
  const auto& trapped = plan.roles.at(function.name).trapped_bars;
  const pci::Bar& bar = function.bars[index];
  return bar.kind != pci::BarKind::kNone && bar.kind != pci::BarKind::kIo && index != pci::kRomIndex &&
         bar.size >= base::kPageSize && std::find(trapped.begin(), trapped.end(), index) == trapped.end();
}

void append_peers(std::string& text, const Plan& plan, const std::vector<pci::PlannedFunction>& bus) {
  for (const pci::PlannedFunction& function : bus) {
    append_peers(text, plan, function.below);
    if (plan.roles.at(function.name).kind != FunctionKind::kPassthrough) continue;
    std::vector<std::string> bars;
    for (unsigned i = 0; i < pci::kBars; ++i)
      if (reachable(plan, function, i)) bars.push_back(std::to_string(i));
    text +=
        fmt::format("  {}  {}\n", function.name, bars.empty() ? "none" : fmt::format("BAR {}", fmt::join(bars, ", ")));
  }
}

std::string peers_text(const Plan& plan) {
  if (plan.devices.size() < 2) return "";
  if (!plan.peer_to_peer)
    return fmt::format("\npeer-to-peer DMA   none: {}\n",
                       plan.config.peer_to_peer ? "iommufd maps no BARs" : "the file says so");
  std::string text = "\npeer-to-peer DMA: what each device's peers reach, where the host's fabric routes it\n";
  append_peers(text, plan, plan.root_bus);
  return text;
}

std::string boot_text(const Plan& plan) {
  const config::BootConfig& boot = plan.config.boot;
  const std::vector<BootDisk> disks = boot_disks(plan);
  if (boot.firmware.empty() || disks.empty()) return "";
  return fmt::format("\nboot               by {} from {}; it gives buses and BARs numbers of its own\n", boot.firmware,
                     disks[0].function);
}

std::string memlock_text(const host::MachineFacts& machine) {
  if (machine.locking.ignores_limit) return "not limited for this user";
  return machine.memlock_hard == ~uint64_t{0} ? "unlimited" : size_text(machine.memlock_hard);
}

}  // namespace

std::string plan_text(const Plan& plan) {
  std::string text = fmt::format("guest {}: {} CPU{}, {} of memory\n\nPCIe\n", plan.config.name, plan.config.cpus,
                                 plan.config.cpus == 1 ? "" : "s", size_text(plan.config.memory.size));
  append_tree(text, plan, plan.root_bus, 0);
  text += boot_text(plan);
  text += "\nmemory\n";
  append_memory(text, plan);
  text += peers_text(plan);
  if (!plan.devices.empty())
    text += fmt::format("\nIOMMU              by {}", plan.iommufd ? "iommufd" : "VFIO's type1 container");
  text += fmt::format("\ninterrupt vectors  {} at most\nlocked memory      {} needed, {}\n", plan.vectors,
                      size_text(plan.memlock_needed), memlock_text(plan.machine));
  for (const std::string& remark : plan.remarks) text += "\nremark: " + remark + "\n";
  if (plan.conflicts.empty()) return text + "\nno conflicts: `vireo run` would start this guest\n";
  return text + fmt::format("\n{} conflict{}\n", plan.conflicts.size(), plan.conflicts.size() == 1 ? "" : "s");
}

}  // namespace vireo
