#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace vireo::base {

// The program's exit codes: documented in README.md, stable. 32-34 as crosvm has them.
enum class ExitCode : int {
  kOk = 0,             // the guest powered off; the command did what it says
  kInternal = 1,       // a fault of vireo's own
  kUsage = 2,          // the command line
  kConfig = 3,         // the YAML file
  kHost = 4,           // the host lacks something: KVM, an IOMMU, memory that may be locked
  kDevice = 5,         // a host device: not there, not viable, in use
  kBootImage = 6,      // kernel or initrd
  kRuntime = 7,        // the host failed while the guest ran
  kWarnings = 20,      // `doctor` found nothing worse than warnings
  kErrors = 21,        // `doctor` found what keeps a guest from its device
  kPathFailed = 22,    // `compare`: a path failed, the others were measured
  kRegressed = 23,     // `compare --diff`: something got worse
  kGuestReset = 32,    // the guest rebooted and the file says on_reboot: exit
  kGuestCrash = 33,    // triple fault, or the CPU cannot go on
  kGuestPanic = 34,    // the guest's kernel reported a panic (pvpanic)
  kDeviceLost = 40,    // a passed-through device vanished from the host
  kQuit = 41,          // the console's escape key
  kInterrupted = 130,  // SIGINT
  kTerminated = 143,   // SIGTERM, SIGHUP
};

// What the user asked for failed. `what()` is the whole message: who, what, on what, errno's name; `help()` is what
// to do about it (empty when there is nothing to say). Only main() catches it.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message, std::string help = {})
      : std::runtime_error(message), code_(code), help_(std::move(help)) {}

  ExitCode code() const { return code_; }
  const std::string& help() const { return help_; }

 private:
  ExitCode code_;
  std::string help_;
};

// The kernel refused something: keeps errno, so that a caller can explain what it means there.
class SystemError : public Error {
 public:
  // `action` names the request and the object: "VFIO_GROUP_GET_DEVICE_FD on /dev/vfio/42".
  SystemError(ExitCode code, std::string_view action, int error_number, std::string help = {});

  int error_number() const { return error_number_; }

 private:
  int error_number_;
};

// Return errno's name and text: "EPERM (Operation not permitted)".
std::string errno_text(int error_number);

}  // namespace vireo::base
