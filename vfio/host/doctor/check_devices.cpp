#include <algorithm>
#include <bit>

#include "iommu/driver_dma.h"
#include "vfio/host/doctor/checks.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/size_text.h"

namespace vireo::host {
namespace {

// linux/ioport.h
constexpr uint64_t kResourceUnset = 0x20000000;
constexpr unsigned kBars = 6;

Severity severity_for(const ExaminedHost& host, const HostFacts& facts) {
  return host.is_wanted(facts.address) ? Severity::kError : Severity::kWarning;
}

// A BAR that the kernel found no room for.
void check_places(const ExaminedHost& host, const HostFacts& facts, Findings& findings) {
  const std::string file = ExaminedHost::file_of(facts, "resource");
  const std::string text = host.read(file);
  unsigned index = 0;
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    const uint64_t flags = words.size() == 3 ? parse_number(words[2]).value_or(0) : 0;
    if (index < kBars && (flags & kResourceUnset) != 0)
      findings.push_back({.severity = severity_for(host, facts),
                          .subject = "bars",
                          .what = facts.address + ": BAR " + std::to_string(index) + " has no address",
                          .why = "the windows of the bridges above it are too small for it",
                          .evidence = {{file, std::string(line)}},
                          .mend = "switch on \"above 4G decoding\" in the firmware's set-up, or put pci=realloc on the "
                                  "kernel's command line, and reboot"});
    ++index;
  }
}

// kata-containers#13270: BARs of hundreds of GiB against a guest's address width, which is the host's.
void check_width(const ExaminedHost& host, const HostFacts& facts, Findings& findings) {
  const unsigned bits = host.address_bits();
  uint64_t size = 0;
  for (const BarFacts& bar : facts.bars) size += bar.is_64bit ? std::bit_ceil(bar.size) : 0;
  // A guest's RAM is below; each BAR is aligned to its size.
  if (bits < 2 || size <= uint64_t{1} << (bits - 2)) return;
  findings.push_back({.severity = severity_for(host, facts),
                      .subject = "bars",
                      .what = facts.address + " has BARs of " + base::size_text(size) + ", the CPU addresses of " +
                              std::to_string(bits) + " bits",
                      .why = "a guest's addresses are as wide as the host's: half of them are not enough for such BARs "
                             "beside its memory",
                      .evidence = {host.line_with("/proc/cpuinfo", "address sizes"),
                                   {ExaminedHost::file_of(facts, "resource"), base::size_text(size) + " in all"}},
                      .mend = "make them smaller, where the device can: `bar_size: {1: 256MiB}`"});
}

// A device that is lost reads as ones.
void check_answer(const ExaminedHost& host, const HostFacts& facts, Findings& findings) {
  const std::string config = host.config_of(facts);
  if (!config.starts_with("\xff\xff\xff\xff")) return;
  const std::string remove = "echo 1 > " + ExaminedHost::file_of(facts, "remove");
  findings.push_back({.severity = severity_for(host, facts),
                      .subject = "power",
                      .what = facts.address + " does not answer: its configuration space reads as ones",
                      .why = "it is gone, or did not come back from D3cold or from a reset",
                      .evidence = {{ExaminedHost::file_of(facts, "config"), "ff ff ff ff"},
                                   host.evidence(ExaminedHost::file_of(facts, "power_state"))},
                      .mend = remove + "; echo 1 > /sys/bus/pci/rescan; or switch the machine off and on"});
}

}  // namespace

void check_bars(const ExaminedHost& host, Findings& findings) {
  const size_t before = findings.size();
  for (const HostFacts* facts : host.patients()) {
    check_places(host, *facts, findings);
    check_width(host, *facts, findings);
  }
  if (findings.size() == before)
    findings.push_back({.severity = Severity::kOk, .subject = "bars", .what = "all BARs have addresses"});
}

// kata-containers#11708: in D3cold a device is off; some do not come back, or not before their reset gives up.
void check_power(const ExaminedHost& host, Findings& findings) {
  const size_t before = findings.size();
  for (const HostFacts* facts : host.patients()) {
    check_answer(host, *facts, findings);
    const Evidence state = host.evidence(ExaminedHost::file_of(*facts, "power_state"));
    const Evidence allowed = host.evidence(ExaminedHost::file_of(*facts, "d3cold_allowed"));
    if (state.value != "D3cold" || allowed.value != "1") continue;
    findings.push_back({.severity = Severity::kWarning,
                        .subject = "power",
                        .what = facts->address + " is switched off (D3cold)",
                        .why = "some devices do not come back from it, or not before their reset gives up",
                        .evidence = {state, allowed},
                        .mend = "echo 0 > " + ExaminedHost::file_of(*facts, "d3cold_allowed")});
  }
  if (findings.size() == before)
    findings.push_back({.severity = Severity::kOk, .subject = "power", .what = "no device is switched off"});
}

void check_resets(const ExaminedHost& host, Findings& findings) {
  const size_t before = findings.size();
  for (const HostFacts* facts : host.patients()) {
    const bool is_guests = host.is_wanted(facts->address) || iommu::is_vfio_driver(facts->driver);
    if (!is_guests || !facts->reset_methods.empty()) continue;
    findings.push_back({.severity = Severity::kWarning,
                        .subject = "reset",
                        .what = facts->address + " has no reset of its own",
                        .why = "the next guest finds it as the last one left it; some drivers do not start then",
                        .evidence = {host.evidence(ExaminedHost::file_of(*facts, "reset_method"))},
                        .mend = "give all functions behind its port to one guest, so that its bus can be reset"});
  }
  if (findings.size() == before)
    findings.push_back({.severity = Severity::kOk, .subject = "reset", .what = "each guest's device can be reset"});
}

}  // namespace vireo::host
