#include <fcntl.h>

#include <cerrno>

#include "vfio/host/doctor/checks.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

constexpr const char* kSubject = "kvm";
constexpr const char* kCpuinfo = "/proc/cpuinfo";

// Why there is no /dev/kvm: the CPU, the firmware, or a module.
Finding explain_missing(const ExaminedHost& host) {
  Finding finding{.severity = Severity::kError, .subject = kSubject, .what = "there is no /dev/kvm"};
  const std::string flags = host.line_with(kCpuinfo, "flags").value + " ";
  const bool intel = flags.find(" vmx ") != std::string::npos;
  const bool amd = flags.find(" svm ") != std::string::npos;
  const std::string module = intel ? "kvm_intel" : "kvm_amd";
  if (intel || amd) {
    finding.why = "the CPU can virtualize, but KVM's module is not loaded, or refused";
    finding.evidence = {host.evidence("/sys/module/" + module)};
    finding.mend = "modprobe " + module;
  } else if (flags.find(" hypervisor ") != std::string::npos) {
    finding.why = "this host is a guest itself, and its hypervisor lets it run none";
    finding.evidence = {{kCpuinfo, "flags with hypervisor, without vmx and svm"}};
    finding.mend = "allow nested virtualization in that hypervisor, and start this machine anew";
  } else {
    finding.why = "the CPU has no virtualization, or the firmware switched it off";
    finding.evidence = {{kCpuinfo, "flags without vmx and svm"}};
    finding.mend = "switch on VT-x (Intel) or SVM (AMD) in the firmware's set-up";
  }
  return finding;
}

}  // namespace

void check_kvm(const ExaminedHost& host, Findings& findings) {
  const base::Fd kvm(::open((host.root().dev() + "/kvm").c_str(), O_RDWR | O_CLOEXEC));
  const int error = kvm ? 0 : errno;
  if (error == 0)
    findings.push_back({.severity = Severity::kOk, .subject = kSubject, .what = "/dev/kvm can be opened"});
  else if (error == ENOENT)
    findings.push_back(explain_missing(host));
  else
    findings.push_back({.severity = Severity::kError,
                        .subject = kSubject,
                        .what = "/dev/kvm cannot be opened",
                        .why = "it is there, but not for this user",
                        .evidence = {{"/dev/kvm", base::errno_text(error)}},
                        .mend = "usermod -aG kvm USER, and log in anew; in a container: --device /dev/kvm"});
}

}  // namespace vireo::host
