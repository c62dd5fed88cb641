#include <fcntl.h>

#include <array>
#include <cerrno>
#include <map>

#include "vfio/host/doctor/checks.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

constexpr const char* kSubject = "log";
constexpr const char* kLog = "/dev/kmsg";

// What the kernel says, what it means, and what mends it. Each `says` is a part of a message in Linux's drivers/pci,
// drivers/vfio, drivers/iommu, arch/x86/kvm.
struct Known {
  const char* says;
  const char* means;
  const char* mend;
};
constexpr std::array kKnown{
    Known{"not enough MMIO resources for SR-IOV", "VFs could not be made (ENOMEM): their BARs have no room",
          "switch on \"above 4G decoding\" in the firmware's set-up, or boot with pci=realloc"},
    Known{"VFs (bus ", "VFs could not be made (ENOMEM): they have no bus numbers",
          "switch on ARI and SR-IOV in the firmware's set-up, or boot with pci=assign-busses"},
    Known{"SR-IOV: IOV BARS not allocated", "VFs could not be made (ENOMEM): their BARs have no room",
          "switch on \"above 4G decoding\" in the firmware's set-up, or boot with pci=realloc"},
    Known{"No interrupt remapping support", "VFIO refused a group (EPERM): a device could forge interrupts",
          "switch on interrupt remapping (x2APIC) in the firmware's set-up"},
    Known{"ineligible for IOMMU domain attach due to platform RMRR",
          "VFIO was refused a device: the firmware keeps memory for its DMA",
          "switch off what uses it in the firmware's set-up, or take another device"},
    Known{"requested this device have a 1:1 IOMMU mapping",
          "VFIO was refused a device: the firmware keeps memory for its DMA",
          "switch off what uses it in the firmware's set-up, or take another device"},
    Known{"DMAR: [DMA ", "a device was kept from memory that is not its own",
          "look which device it is: its driver is at fault, or it still ran when its guest ended"},
    Known{"IO_PAGE_FAULT", "a device was kept from memory that is not its own",
          "look which device it is: its driver is at fault, or it still ran when its guest ended"},
    Known{"; giving up", "a device did not come back from its reset",
          "write another `reset:` for it, or switch the machine off and on"},
    Known{"to D0, device inaccessible", "a device did not come back from D3cold",
          "echo 0 to its d3cold_allowed before it is used, or switch the machine off and on"},
    Known{"BAR 0: can't reserve", "a device's BARs are somebody else's, mostly the boot console's",
          "boot with video=efifb:off, or unbind what has it: cat /proc/iomem"},
    Known{"Invalid PCI ROM header signature", "a device's ROM cannot be read: a GPU that the firmware used to boot",
          "write `rom: FILE` with its ROM's image, or `rom: off`"},
    Known{"RLIMIT_MEMLOCK (", "a guest's memory could not be locked (ENOMEM)",
          "ulimit -l unlimited as root, or LimitMEMLOCK=infinity in a systemd unit"},
    Known{"disabled by bios", "KVM is switched off by the firmware",
          "switch on VT-x (Intel) or SVM (AMD) in the firmware's set-up"},
    Known{"(by BIOS) in MSR_", "KVM is switched off by the firmware",
          "switch on VT-x (Intel) or SVM (AMD) in the firmware's set-up"},
    Known{"Lockdown: modprobe: unsigned module loading", "a module was refused: it is not signed",
          "sign it with a key that `mokutil --import KEY` enrolls"},
    Known{"vector space exhaustion", "CPUs have no interrupt vectors left (ENOSPC)",
          "spread devices' interrupts over more CPUs, or give devices fewer queues"},
};

// Documentation/ABI/testing/dev-kmsg: a record each read, "6,1,42,-;text", and lines that begin with a blank.
std::string read_log(const HostRoot& root) {
  constexpr size_t kRecord = 8192;
  const base::Fd log(::open((root.dev() + "/kmsg").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string text;
  std::array<char, kRecord> record{};
  while (log) {
    const ssize_t size = ::read(log.get(), record.data(), record.size());
    // EPIPE: the oldest were overwritten meanwhile
    if (size < 0 && (errno == EPIPE || errno == EINTR)) continue;
    if (size <= 0) break;
    text.append(record.data(), static_cast<size_t>(size));
  }
  return text;
}

struct Said {
  unsigned times = 0;
  std::string last;
};

}  // namespace

void check_kernel_log(const ExaminedHost& host, Findings& findings) {
  const std::string log = read_log(host.root());
  if (log.empty())
    return findings.push_back({.severity = Severity::kNote,
                               .subject = kSubject,
                               .what = "the kernel's log cannot be read, which says why VFIO refused a device",
                               .mend = "run doctor as root"});
  std::map<const Known*, Said> said;
  for (const std::string_view line : split_lines(log))
    for (const Known& known : kKnown)
      if (!line.starts_with(' ') && line.find(known.says) != std::string_view::npos) {
        ++said[&known].times;
        said[&known].last = line.substr(std::min(line.find(';') + 1, line.size()));
      }
  for (const auto& [known, times] : said)
    findings.push_back({.severity = Severity::kWarning,
                        .subject = kSubject,
                        .what = known->means,
                        .why = "the kernel said so" +
                               (times.times > 1 ? " " + std::to_string(times.times) + " times since it booted, last"
                                                : std::string(" since it booted")),
                        .evidence = {{kLog, times.last}},
                        .mend = known->mend});
  if (said.empty())
    findings.push_back(
        {.severity = Severity::kOk, .subject = kSubject, .what = "the kernel has said nothing against it"});
}

}  // namespace vireo::host
