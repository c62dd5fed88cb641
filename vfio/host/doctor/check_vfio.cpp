#include "vfio/host/binding.h"
#include "vfio/host/doctor/checks.h"
#include "vfio/host/sysfs_reader.h"

namespace vireo::host {
namespace {

constexpr const char* kSubject = "vfio";

// modules.dep(5), modules.builtin: names of files, with whatever they are compressed by.
bool has_module(const ExaminedHost& host, const std::string& file) {
  const std::string folder = "/lib/modules/" + host.read("/proc/sys/kernel/osrelease");
  return host.read(folder + "/modules.dep").find(file) != std::string::npos ||
         host.read(folder + "/modules.builtin").find(file) != std::string::npos;
}

// modprobe.d(5): whoever wrote it forgot it since.
bool check_forbidden(const ExaminedHost& host, Findings& findings) {
  for (const std::string& name : host.list("/etc/modprobe.d")) {
    const std::string file = "/etc/modprobe.d/" + name;
    const std::string text = host.read(file);
    for (const std::string_view line : split_lines(text)) {
      const auto words = split_words(line);
      const bool vfio = words.size() > 1 && (words[1] == "vfio-pci" || words[1] == "vfio_pci" || words[1] == "vfio");
      if (!vfio || (words[0] != "blacklist" && words[0] != "install")) continue;
      findings.push_back({.severity = words[0] == "install" ? Severity::kError : Severity::kNote,
                          .subject = kSubject,
                          .what = "modprobe is told to keep vfio-pci out",
                          .evidence = {{file, std::string(line)}},
                          .mend = "take that line out of " + file});
      if (words[0] == "install") return true;
    }
  }
  return false;
}

void check_driver(const ExaminedHost& host, Findings& findings) {
  const std::string folder = "/sys/bus/pci/drivers/" + std::string(kVfioPci);
  if (host.has(folder))
    return findings.push_back({.severity = Severity::kOk, .subject = kSubject, .what = "vfio-pci is loaded"});
  if (check_forbidden(host, findings)) return;
  if (has_module(host, "/vfio-pci.ko"))
    findings.push_back({.severity = Severity::kNote,
                        .subject = kSubject,
                        .what = "vfio-pci is not loaded; vireo loads it when a guest wants it",
                        .evidence = {{folder, "(not there)"}},
                        .mend = "modprobe vfio-pci"});
  else
    findings.push_back({.severity = Severity::kError,
                        .subject = kSubject,
                        .what = "this kernel has no vfio-pci",
                        .why = "kernels made for clouds leave it out",
                        .evidence = {host.evidence("/proc/sys/kernel/osrelease")},
                        .mend = "apt-get install linux-image-amd64, and boot it: one with CONFIG_VFIO_PCI"});
}

// vfio_iommu_type1's default, U16_MAX; each region of RAM and each BAR of a peer's takes one.
void check_mappings(const ExaminedHost& host, Findings& findings) {
  constexpr uint64_t kDefault = 65535;
  const std::string file = "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
  const auto limit = parse_number(host.read(file));
  if (!limit || *limit >= kDefault) return;
  findings.push_back({.severity = Severity::kWarning,
                      .subject = kSubject,
                      .what = "a guest may have " + std::to_string(*limit) + " DMA mappings only",
                      .why = "VFIO_IOMMU_MAP_DMA fails with ENOSPC beyond them",
                      .evidence = {host.evidence(file)},
                      .mend = "echo 65535 > " + file});
}

}  // namespace

void check_vfio(const ExaminedHost& host, Findings& findings) {
  check_driver(host, findings);
  check_mappings(host, findings);
  if (host.has("/dev/iommu"))
    findings.push_back({.severity = Severity::kOk, .subject = kSubject, .what = "iommufd is there (`iommu: iommufd`)"});
}

}  // namespace vireo::host
