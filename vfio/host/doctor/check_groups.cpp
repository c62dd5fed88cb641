#include <algorithm>
#include <map>
#include <set>

#include "iommu/driver_dma.h"
#include "pci/capability_list.h"
#include "pci/config_space.h"
#include "pci/standard.h"
#include "vfio/host/capability_facts.h"
#include "vfio/host/doctor/checks.h"
#include "vfio/host/group.h"
#include "vfio/host/neighbours.h"

namespace vireo::host {
namespace {

constexpr const char* kSubject = "groups";
constexpr uint32_t kClassPciBridge = 0x0604;

// PCIe 6.0 7.7.11.2: what keeps one device's requests from another, of which Linux wants all (pci_std_enable_acs):
// source validation, request redirect, completion redirect, upstream forwarding.
constexpr uint16_t kIsolating = 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4;

// PCIe 6.0 7.5.3.2: Device/Port Type. Nothing: it is no PCI Express device.
std::optional<uint32_t> port_type(std::span<const uint8_t> config) {
  const auto chain = pci::walk_capabilities(config);
  const pci::Capability* express = chain.find(static_cast<uint16_t>(pci::CapabilityId::kExpress));
  if (express == nullptr) return std::nullopt;
  return load(config, express->offset + 2u, 1) >> 4;
}

// An ordinary user gets 64 bytes, and no capability with them.
bool shows_capabilities(const std::string& config) {
  return config.size() >= pci::kConfigSize;
}

// What a bridge does not keep apart, by its configuration space; empty: it isolates what is below it.
std::string why_not_isolating(const std::string& config) {
  constexpr uint32_t kUpstreamPort = 5;
  constexpr uint32_t kExpressToPci = 7;
  const auto bytes = bytes_of(config);
  const auto type = port_type(bytes);
  if (!type || type == kExpressToPci) return "it is a bridge to conventional PCI, which has no isolation";
  if (type == kUpstreamPort) return {};
  const auto chain = pci::walk_extended_capabilities(bytes);
  const pci::Capability* acs = chain.find(static_cast<uint16_t>(pci::ExtendedCapabilityId::kAcs));
  if (acs == nullptr) return "it has no ACS";
  const uint32_t enabled = load(bytes, acs->offset + 6u, 2);
  return (enabled & kIsolating) == kIsolating ? "" : "its ACS is not switched on";
}

std::vector<const HostFacts*> bridges_above(const ExaminedHost& host, const HostFacts& facts) {
  std::vector<const HostFacts*> bridges;
  for (const std::string& address : way_to(facts))
    if (const HostFacts* above = host.find(address); above != nullptr && above->class_code >> 8 == kClassPciBridge)
      bridges.push_back(above);
  return bridges;
}

// The bridge, or the device itself, that makes a group of several.
void blame(const ExaminedHost& host, const std::vector<const HostFacts*>& members, Finding& finding) {
  std::set<std::string> blamed;
  std::map<std::string, unsigned> functions;  // by slot
  bool all_seen = true;
  for (const HostFacts* member : members) {
    ++functions[member->address.substr(0, member->address.rfind('.'))];
    for (const HostFacts* bridge : bridges_above(host, *member)) {
      const std::string config = host.config_of(*bridge);
      const bool seen = shows_capabilities(config);
      all_seen = all_seen && seen;
      const std::string why = seen ? why_not_isolating(config) : std::string();
      if (why.empty() || !blamed.insert(bridge->address).second) continue;
      finding.why += (finding.why.empty() ? "" : "; ") + bridge->address + " is above them, and " + why;
      finding.evidence.push_back({ExaminedHost::file_of(*bridge, "config"), why});
    }
  }
  for (const auto& [slot, count] : functions)
    if (count > 1)
      finding.why += (finding.why.empty() ? "" : "; ") + slot + " is one device of " + std::to_string(count) +
                     " functions, which may reach each other";
  if (finding.why.empty())
    finding.why = all_seen ? "the IOMMU cannot tell their requests apart" : "only root can see which bridge lacks ACS";
}

std::string joined(const std::vector<const HostFacts*>& members) {
  std::string text;
  for (const HostFacts* member : members) text += (text.empty() ? "" : ", ") + member->address;
  return text;
}

// kubevirt#6718: "group 12 is not viable", and nobody says because of whom.
void check_group(const ExaminedHost& host, const std::vector<const HostFacts*>& members, Findings& findings) {
  const HostFacts* patient = members.front();
  for (const HostFacts* member : members)
    if (host.is_wanted(member->address) || iommu::is_vfio_driver(member->driver)) patient = member;
  const auto problems = group_problems(*patient, {patient->address});
  const bool asked = host.is_wanted(patient->address);
  if (members.size() < 2) return;
  const std::string group = std::to_string(*patient->group);
  Finding finding{.severity = asked || iommu::is_vfio_driver(patient->driver) ? Severity::kWarning : Severity::kNote,
                  .subject = kSubject,
                  .what = "IOMMU group " + group + " has " + joined(members) + ": a guest gets all of them, or none",
                  .evidence = {{"/sys/kernel/iommu_groups/" + group + "/devices", joined(members)}}};
  blame(host, members, finding);
  if (finding.severity == Severity::kWarning)
    finding.mend = "give all of them to one guest, or move a card to a slot of another group";
  if (finding.severity == Severity::kWarning && !problems.empty()) {
    finding.severity = Severity::kError;
    finding.what = "IOMMU group " + group + " is not viable for " + patient->address + ": " + problems.front();
    finding.mend = "give " + problems.front().substr(0, problems.front().find(' ')) +
                   " to the guest too (`companions: true`), unbind it, or move a card to a slot of another group";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void check_groups(const ExaminedHost& host, Findings& findings) {
  std::map<unsigned, std::vector<const HostFacts*>> groups;
  for (const HostFacts& facts : host.functions())
    if (facts.group && facts.class_code >> 8 != kClassPciBridge) groups[*facts.group].push_back(&facts);
  const size_t before = findings.size();
  for (const auto& [number, members] : groups) check_group(host, members, findings);
  if (findings.size() == before && !groups.empty())
    findings.push_back({.severity = Severity::kOk, .subject = kSubject, .what = "each device has a group of its own"});
}

}  // namespace vireo::host
