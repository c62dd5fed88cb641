#include <cstdio>

#include "iommu/driver_dma.h"
#include "pci/capability_list.h"
#include "pci/standard.h"
#include "vfio/host/capability_facts.h"
#include "vfio/host/doctor/checks.h"
#include "vfio/host/neighbours.h"
#include "vfio/host/pci_address.h"
#include "vfio/host/sysfs_reader.h"

namespace vireo::host {
namespace {

constexpr const char* kSubject = "sriov";

// PCIe 6.0 9.3.3: what of the SR-IOV capability says where VFs will be.
struct VfLayout {
  unsigned offset = 0;
  unsigned stride = 0;
  bool has_bars = false;
};

std::optional<VfLayout> read_layout(const std::string& config) {
  constexpr unsigned kFirstOffset = 0x14;
  constexpr unsigned kStride = 0x16;
  constexpr unsigned kFirstVfBar = 0x24;
  const auto bytes = bytes_of(config);
  const auto chain = pci::walk_extended_capabilities(bytes);
  const pci::Capability* found = chain.find(static_cast<uint16_t>(pci::ExtendedCapabilityId::kSriov));
  if (found == nullptr) return std::nullopt;
  VfLayout layout{.offset = load(bytes, found->offset + kFirstOffset, 2),
                  .stride = load(bytes, found->offset + kStride, 2)};
  for (unsigned bar = 0; bar < 6; ++bar) layout.has_bars |= load(bytes, found->offset + kFirstVfBar + bar * 4, 4) != 0;
  return layout;
}

// What a VF calls itself, its bus in the upper byte: PCIe 6.0 9.2.1.2.
unsigned requester_id(const PciAddress& pf, const VfLayout& layout, unsigned index) {
  return (pf.bus << 8) + (pf.device << 3) + pf.function + layout.offset + layout.stride * index;
}

std::string bus_text(unsigned bus) {
  char text[8];
  std::snprintf(text, sizeof text, "%02x", bus);
  return text;
}

// Linux drivers/pci/iov.c, sriov_enable(): -ENOMEM where a VF's bus is beyond what the bridge above forwards.
void check_buses(const ExaminedHost& host, const HostFacts& facts, const VfLayout& layout, Findings& findings) {
  const HostFacts* bridge = host.find(parent_of(facts));
  const auto address = parse_address(facts.address);
  if (bridge == nullptr || !address || layout.offset == 0) return;
  const std::string config = host.config_of(*bridge);
  if (config.size() <= pci::kSubordinateBus) return;
  const unsigned last = load(bytes_of(config), pci::kSubordinateBus, 1);
  unsigned possible = 0;
  while (possible < facts.total_vfs && requester_id(*address, layout, possible) >> 8 <= last) ++possible;
  if (possible == facts.total_vfs) return;
  findings.push_back({.severity = Severity::kWarning,
                      .subject = kSubject,
                      .what = facts.address + " can have " + std::to_string(possible) + " of its " +
                              std::to_string(facts.total_vfs) + " VFs: the others have no bus number",
                      .why = "VF " + std::to_string(possible) + " would be on bus " +
                             bus_text(requester_id(*address, layout, possible) >> 8) + ", and " + bridge->address +
                             " above it forwards up to " + bus_text(last) + ": making more fails with ENOMEM",
                      .evidence = {{ExaminedHost::file_of(*bridge, "config"), "subordinate bus " + bus_text(last)}},
                      .mend = "switch on SR-IOV and ARI in the firmware's set-up, or put pci=assign-busses on the "
                              "kernel's command line, and reboot"});
}

// openshift/sriov-network-operator#1185: "no space left on device". `resource` has the VFs' BARs in lines 7 to 12.
void check_room(const ExaminedHost& host, const HostFacts& facts, const VfLayout& layout, Findings& findings) {
  constexpr unsigned kFirst = 7;
  constexpr unsigned kLast = 12;
  const std::string file = ExaminedHost::file_of(facts, "resource");
  const std::string text = host.read(file);
  unsigned index = 0;
  bool any = false;
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    any |= index >= kFirst && index <= kLast && words.size() == 3 && parse_number(words[0]).value_or(0) != 0;
    ++index;
  }
  if (any || !layout.has_bars || index <= kLast) return;
  findings.push_back(
      {.severity = Severity::kWarning,
       .subject = kSubject,
       .what = facts.address + " can have no VFs: their BARs have no room",
       .why = "the windows of the bridges above it are too small: making VFs fails with ENOMEM or ENOSPC",
       .evidence = {{file, "lines 8 to 13 are zero"}},
       .mend = "switch on SR-IOV and \"above 4G decoding\" in the firmware's set-up, or put pci=realloc "
               "on the kernel's command line, and reboot"});
}

void check_driver(const ExaminedHost& host, const HostFacts& facts, Findings& findings) {
  if (!facts.driver.empty() && !iommu::is_vfio_driver(facts.driver)) return;
  findings.push_back({.severity = Severity::kNote,
                      .subject = kSubject,
                      .what = facts.address + " has no driver that makes VFs",
                      .why = facts.driver.empty() ? "it has no driver" : "it is bound to " + facts.driver,
                      .evidence = {host.evidence(ExaminedHost::file_of(facts, "sriov_totalvfs"))},
                      .mend = "bind it to its PF driver: lspci -k -s " + facts.address});
}

}  // namespace

void check_sriov(const ExaminedHost& host, Findings& findings) {
  const size_t before = findings.size();
  unsigned pfs = 0;
  for (const HostFacts& facts : host.functions()) {
    if (facts.total_vfs == 0) continue;
    ++pfs;
    check_driver(host, facts, findings);
    const auto layout = read_layout(host.config_of(facts));
    if (!layout) continue;
    check_buses(host, facts, *layout, findings);
    check_room(host, facts, *layout, findings);
  }
  if (findings.size() == before)
    findings.push_back({.severity = Severity::kOk,
                        .subject = kSubject,
                        .what = pfs == 0
                                    ? "no device here can have VFs"
                                    : std::to_string(pfs) + (pfs == 1 ? " device" : " devices") + " can have VFs"});
}

}  // namespace vireo::host
