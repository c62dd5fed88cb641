#include "vmm/inventory_text.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "vmm/base/printable.h"
#include "vmm/base/size_text.h"
#include "vmm/json_text.h"

namespace vireo {
namespace {

using host::InventoryEntry;
using Entries = std::vector<InventoryEntry>;
using nlohmann::json;

// VFs of a PF that no guest has.
size_t free_vfs(const Entries& entries, const std::string& physical_function) {
  return static_cast<size_t>(std::ranges::count_if(entries, [&](const InventoryEntry& entry) {
    return entry.facts.physical_function == physical_function && entry.holder.empty();
  }));
}

std::string sriov_text(const Entries& entries, const host::HostFacts& facts) {
  if (facts.is_vf) return "VF of " + facts.physical_function;
  if (facts.total_vfs == 0) return {};
  const std::string made = fmt::format("PF with {} of {} VFs", facts.vfs, facts.total_vfs);
  return facts.vfs == 0 ? made : made + fmt::format(", {} free", free_vfs(entries, facts.address));
}

std::string bars_text(const std::vector<host::BarFacts>& bars) {
  std::vector<std::string> parts;
  parts.reserve(bars.size());
  for (const host::BarFacts& bar : bars)
    parts.push_back(fmt::format("{} {}{}", bar.index == 6 ? "ROM" : fmt::format("BAR {}:", bar.index),
                                base::size_text(bar.size), bar.io ? " of ports" : ""));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string group_text(const host::HostFacts& facts) {
  if (!facts.group) return {};
  const size_t others = facts.group_members.size() - 1;
  return fmt::format("IOMMU group {}{}", *facts.group, others == 0 ? "" : fmt::format(" with {} more", others));
}

// What is known, a line a subject; what there is nothing of is left out.
void append_entry(std::string& text, const Entries& entries, const InventoryEntry& entry, unsigned depth) {
  const host::HostFacts& facts = entry.facts;
  const std::string indent(2 * size_t{depth}, ' ');
  text += fmt::format("{}{} {}\n", indent, facts.address, facts.name);
  std::vector<std::string> place;
  for (const std::string& part :
       {facts.driver.empty() ? std::string("no driver") : "driver " + facts.driver, group_text(facts),
        sriov_text(entries, facts), facts.numa_node ? fmt::format("NUMA node {}", *facts.numa_node) : std::string()})
    if (!part.empty()) place.push_back(part);
  const auto line = [&](const std::string& what) {
    if (!what.empty()) text += fmt::format("{}    {}\n", indent, what);
  };
  line(fmt::format("{}", fmt::join(place, ", ")));
  if (facts.class_code >> 16 == 0x06) return;
  line(bars_text(facts.bars));
  line(facts.reset_methods.empty() ? "no reset of its own"
                                   : fmt::format("resets: {}", fmt::join(facts.reset_methods, ", ")));
  for (const host::DeviceUse& use : facts.uses)
    if (!use.blocking && !use.what.starts_with("bound to ")) line(use.what);
  line(entry.obstacles.empty() ? "a guest can have it"
                               : fmt::format("not for a guest: {}", fmt::join(entry.obstacles, "; ")));
}

void append_below(std::string& text, const Entries& entries, const std::string& parent, unsigned depth) {
  for (const InventoryEntry& entry : entries) {
    if (entry.parent != parent) continue;
    append_entry(text, entries, entry, depth);
    append_below(text, entries, entry.facts.address, depth + 1);
  }
}

json bars_json(const std::vector<host::BarFacts>& bars) {
  json list = json::array();
  for (const host::BarFacts& bar : bars)
    list.push_back({{"index", bar.index},
                    {"size", bar.size},
                    {"io", bar.io},
                    {"64bit", bar.is_64bit},
                    {"prefetchable", bar.prefetchable}});
  return list;
}

json group_json(const host::HostFacts& facts) {
  if (!facts.group) return nullptr;
  json members = json::array();
  for (const host::GroupMember& member : facts.group_members)
    members.push_back({{"address", member.address}, {"driver", member.driver}});
  return {{"number", *facts.group}, {"members", members}};
}

json uses_json(const std::vector<host::DeviceUse>& uses) {
  json list = json::array();
  for (const host::DeviceUse& use : uses) list.push_back({{"what", use.what}, {"blocking", use.blocking}});
  return list;
}

json entry_json(const Entries& entries, const InventoryEntry& entry) {
  const host::HostFacts& facts = entry.facts;
  return {{"address", facts.address},
          {"name", facts.name},
          {"vendor", fmt::format("{:04x}", facts.vendor)},
          {"device", fmt::format("{:04x}", facts.device)},
          {"class", fmt::format("{:06x}", facts.class_code)},
          {"parent", entry.parent},
          {"pci_path", entry.pci_path},
          {"driver", facts.driver},
          {"numa_node", facts.numa_node ? json(*facts.numa_node) : json(nullptr)},
          {"group", group_json(facts)},
          {"bars", bars_json(facts.bars)},
          {"msix_vectors", facts.msix.vectors},
          {"reset_methods", facts.reset_methods},
          {"physical_function", facts.physical_function},
          {"total_vfs", facts.total_vfs},
          {"vfs", facts.vfs},
          {"free_vfs", free_vfs(entries, facts.address)},
          {"uses", uses_json(facts.uses)},
          {"holder", entry.holder},
          {"passthrough", entry.obstacles.empty()},
          {"obstacles", entry.obstacles}};
}

}  // namespace

std::string inventory_text(const Entries& entries, bool tree) {
  std::string text;
  if (tree)
    append_below(text, entries, "", 0);
  else
    for (const InventoryEntry& entry : entries) append_entry(text, entries, entry, 0);
  return text.empty() ? "this host has no PCI functions\n" : base::printable_lines(text);
}

std::string inventory_json(const Entries& entries) {
  json list = json::array();
  for (const InventoryEntry& entry : entries) list.push_back(entry_json(entries, entry));
  return json_text(list);
}

}  // namespace vireo
