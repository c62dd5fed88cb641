#include "vfio/host/doctor/checks.h"
#include "vfio/host/sysfs_reader.h"

namespace vireo::host {
namespace {

// What tells a container: podman, docker, systemd-nspawn.
Evidence container_sign(const ExaminedHost& host) {
  for (const std::string file : {"/run/.containerenv", "/.dockerenv", "/run/systemd/container"})
    if (host.has(file)) return {.file = file, .value = "there"};
  return {};
}

void check_container(const ExaminedHost& host, Findings& findings) {
  constexpr const char* kSubject = "container";
  const Evidence sign = container_sign(host);
  if (sign.file.empty())
    return findings.push_back({.severity = Severity::kOk, .subject = kSubject, .what = "this is no container"});
  const Evidence sys = host.line_with("/proc/self/mounts", " /sys sysfs ");
  const auto words = split_words(sys.value);
  const bool read_only = words.size() > 3 && (words[3] == "ro" || words[3].starts_with("ro,"));
  if (read_only)
    findings.push_back({.severity = Severity::kError,
                        .subject = kSubject,
                        .what = "this container's /sys cannot be written: no device can be bound to vfio-pci here",
                        .why = "drivers are changed by files of /sys",
                        .evidence = {sign, sys},
                        .mend =
                            "start it with --privileged; or bind the device outside, and start it with "
                            "--device /dev/vfio/vfio --device /dev/vfio/GROUP --device /dev/kvm --ulimit memlock=-1"});
  else if (!host.has("/dev/vfio") && !host.has("/dev/iommu"))
    findings.push_back(
        {.severity = Severity::kError,
         .subject = kSubject,
         .what = "this container has neither /dev/vfio nor /dev/iommu",
         .evidence = {sign, {"/dev/vfio", "(not there)"}, {"/dev/iommu", "(not there)"}},
         .mend = "start it with --device /dev/vfio/vfio --device /dev/vfio/GROUP, or with --privileged"});
  else
    findings.push_back({.severity = Severity::kOk,
                        .subject = kSubject,
                        .what = "this container has VFIO, and may bind devices",
                        .evidence = {sign}});
}

// EFI variables begin with four bytes of attributes: Documentation/filesystems/efivarfs.rst.
bool secure_boot(const ExaminedHost& host, const std::string& file) {
  const std::string value = host.read(file);
  return value.size() > 4 && value[4] == 1;
}

// kernel_lockdown(7): "none [integrity] confidentiality"
void check_lockdown(const ExaminedHost& host, Findings& findings) {
  constexpr const char* kSubject = "lockdown";
  const std::string file = "/sys/kernel/security/lockdown";
  const std::string variable = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
  const std::string text = host.read(file);
  const bool confidential = text.find("[confidentiality]") != std::string::npos;
  if (text.find("[integrity]") == std::string::npos && !confidential)
    return findings.push_back(
        {.severity = Severity::kOk, .subject = kSubject, .what = "the kernel is not locked down"});
  const bool by_firmware = secure_boot(host, variable);
  Finding finding{
      .severity = Severity::kWarning,
      .subject = kSubject,
      .what = "the kernel is locked down (" + std::string(confidential ? "confidentiality" : "integrity") + ")",
      .why =
          "passing devices through works; modules that are not signed with a key of this kernel's (out-of-"
          "tree NIC and GPU drivers, variant drivers) are refused, setpci's stores and MSR writes too" +
          std::string(confidential ? ", and tracing, by which exits are counted" : ""),
      .evidence = {host.evidence(file)},
      .mend = "sign such a module with a key that `mokutil --import KEY` enrolls"};
  if (by_firmware) finding.evidence.push_back({.file = variable, .value = "1: Secure Boot is on"});
  findings.push_back(std::move(finding));
}

}  // namespace

void check_confinement(const ExaminedHost& host, Findings& findings) {
  check_container(host, findings);
  check_lockdown(host, findings);
}

}  // namespace vireo::host
