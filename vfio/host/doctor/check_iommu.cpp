#include <algorithm>
#include <array>

#include "vfio/host/doctor/checks.h"
#include "vfio/host/sysfs_reader.h"

namespace vireo::host {
namespace {

constexpr const char* kSubject = "iommu";
constexpr const char* kGroups = "/sys/kernel/iommu_groups";
constexpr const char* kCommandLine = "/proc/cmdline";
constexpr const char* kTables = "/sys/firmware/acpi/tables/";

// By the firmware's table, else by the CPU's maker.
bool is_intel(const ExaminedHost& host) {
  if (host.has(std::string(kTables) + "DMAR")) return true;
  return !host.has(std::string(kTables) + "IVRS") &&
         host.line_with("/proc/cpuinfo", "vendor_id").value.find("Intel") != std::string::npos;
}

std::string reboot_without(const std::string& word) {
  return "take " + word +
         " off the kernel's command line: GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub, "
         "and reboot";
}

// Why there are no groups: the command line says off, the kernel was not told on, or the firmware has none.
Finding explain_missing(const ExaminedHost& host) {
  Finding finding{.severity = Severity::kError,
                  .subject = kSubject,
                  .what = "the IOMMU is off: no device can be given to a guest",
                  .evidence = {{kGroups, "empty"}, host.evidence(kCommandLine)}};
  for (const std::string word : {"iommu=off", "intel_iommu=off", "amd_iommu=off"}) {
    if (!host.was_booted_with(word)) continue;
    finding.why = "the kernel was booted with " + word;
    finding.mend = reboot_without(word);
    return finding;
  }
  const bool intel = is_intel(host);
  const std::string table = std::string(kTables) + (intel ? "DMAR" : "IVRS");
  finding.evidence.push_back({.file = table, .value = host.has(table) ? "there" : "(not there)"});
  if (host.has(table)) {
    finding.why = "the firmware describes one, but the kernel was not told to use it";
    finding.mend =
        std::string("put ") + (intel ? "intel_iommu=on" : "amd_iommu=on") +
        " on the kernel's command line: GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub, and reboot";
  } else {
    finding.why = "the firmware describes none: it is switched off there, or the machine has none";
    finding.mend = std::string("switch on ") + (intel ? "VT-d" : "AMD-Vi (also called IOMMU)") +
                   " in the firmware's set-up; in a guest, give it a virtual IOMMU";
  }
  return finding;
}

void check_noiommu(const ExaminedHost& host, Findings& findings) {
  const std::string file = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";
  if (host.read(file) != "Y") return;
  findings.push_back({.severity = Severity::kWarning,
                      .subject = kSubject,
                      .what = "VFIO gives away devices that no IOMMU covers",
                      .why = "such a device reads and writes all of the host's memory; vireo does not use it",
                      .evidence = {host.evidence(file)},
                      .mend = "echo N > " + file});
}

// Linux drivers/iommu/intel/iommu.h: cap_mgaw()
unsigned intel_width(uint64_t capability) {
  return static_cast<unsigned>(capability >> 16 & 0x3f) + 1;
}

// kata-containers#10582, cloud-hypervisor#7030: mapping fails with EINVAL or EFAULT, and nobody says why.
void check_width(const ExaminedHost& host, Findings& findings) {
  const unsigned bits = host.address_bits();
  for (const std::string& unit : host.list("/sys/class/iommu")) {
    const std::string file = "/sys/class/iommu/" + unit + "/intel-iommu/cap";
    const auto capability = parse_hex(host.read(file));
    if (!capability || intel_width(*capability) >= bits) continue;
    const unsigned width = intel_width(*capability);
    findings.push_back(
        {.severity = Severity::kWarning,
         .subject = "dma",
         .what = unit + " maps addresses of " + std::to_string(width) + " bits, the CPU has " + std::to_string(bits),
         .why = "what a guest has above " + std::to_string(uint64_t{1} << (width - 30)) +
                " GiB, memory or other devices' BARs, its device cannot reach: VFIO_IOMMU_MAP_DMA "
                "fails with EINVAL or EFAULT",
         .evidence = {host.evidence(file), host.line_with("/proc/cpuinfo", "address sizes")},
         .mend = "write `peer_to_peer: false` where a device's large BARs are the reason; give the "
                 "guest less memory where that is"});
  }
}

// Linux drivers/iommu/iommu.c: iommu_group_resv_type_string. VFIO refuses a device whose firmware goes on using it.
void check_reserved(const ExaminedHost& host, const HostFacts& facts, Findings& findings) {
  const std::string file = ExaminedHost::file_of(facts, "iommu_group/reserved_regions");
  const std::string text = host.read(file);
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    if (words.size() != 3 || words[2] != "direct") continue;
    findings.push_back({.severity = host.is_wanted(facts.address) ? Severity::kError : Severity::kWarning,
                        .subject = "dma",
                        .what = facts.address + " cannot be given to a guest: its firmware keeps memory for its DMA",
                        .why =
                            "the kernel holds such a mapping (RMRR, IVMD) for the platform and refuses VFIO: EPERM or "
                            "EINVAL when the group is attached",
                        .evidence = {{file, std::string(line)}},
                        .mend = "switch off what uses the device in the firmware's set-up (remote management, RAID, "
                                "USB keyboards), or take another device"});
  }
}

}  // namespace

void check_iommu(const ExaminedHost& host, Findings& findings) {
  check_noiommu(host, findings);
  const auto groups = host.list(kGroups);
  if (groups.empty()) return findings.push_back(explain_missing(host));
  // Documentation/ABI/testing/sysfs-kernel-iommu_groups: identity, DMA, DMA-FQ
  const Evidence mode = host.evidence(std::string(kGroups) + "/" + groups.front() + "/type");
  findings.push_back({.severity = Severity::kOk,
                      .subject = kSubject,
                      .what = "the IOMMU is on, with " + std::to_string(groups.size()) + " groups; the host's own " +
                              "devices are " + (mode.value == "identity" ? "not translated" : "translated"),
                      .evidence = {mode}});
}

// Linux names a remapped interrupt's chip so: "IR-PCI-MSI".
void check_interrupt_remapping(const ExaminedHost& host, Findings& findings) {
  constexpr const char* kRemapping = "interrupts";
  if (host.list(kGroups).empty()) return;
  const std::string interrupts = "/proc/interrupts";
  const std::string option = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
  if (const Evidence line = host.line_with(interrupts, "IR-"); host.read(interrupts).find("IR-") != std::string::npos) {
    findings.push_back(
        {.severity = Severity::kOk, .subject = kRemapping, .what = "interrupts are remapped", .evidence = {line}});
    return;
  }
  const bool allowed = host.read(option) == "Y";
  const std::string word = "intremap=off";
  Finding finding{.severity = allowed ? Severity::kWarning : Severity::kError,
                  .subject = kRemapping,
                  .what = "interrupts are not remapped: a device can forge any interrupt of the host's",
                  .why = allowed ? "VFIO was told to give devices away nevertheless"
                                 : "VFIO refuses to attach a device's group: EPERM",
                  .evidence = {host.line_with(interrupts, "IR-"), host.evidence(option), host.evidence(kCommandLine)},
                  .mend =
                      "switch on interrupt remapping (x2APIC) in the firmware's set-up; where each guest is "
                      "trusted: echo options vfio_iommu_type1 allow_unsafe_interrupts=1 "
                      "> /etc/modprobe.d/vfio.conf"};
  if (host.was_booted_with(word)) finding.mend = reboot_without(word);
  findings.push_back(std::move(finding));
}

void check_dma_addresses(const ExaminedHost& host, Findings& findings) {
  const size_t before = findings.size();
  if (host.list(kGroups).empty()) return;
  check_width(host, findings);
  for (const HostFacts* facts : host.patients()) check_reserved(host, *facts, findings);
  if (findings.size() == before)
    findings.push_back({.severity = Severity::kOk, .subject = "dma", .what = "all of a guest's memory can be mapped"});
}

}  // namespace vireo::host
