#include "vmm/outcome.h"

namespace vireo {

using base::ExitCode;
using Kind = Outcome::Kind;

ExitCode exit_code(Kind kind) {
  switch (kind) {
    case Kind::kPowerOff:
      return ExitCode::kOk;
    case Kind::kReset:
      return ExitCode::kGuestReset;
    case Kind::kPanic:
      return ExitCode::kGuestPanic;
    case Kind::kCrash:
      return ExitCode::kGuestCrash;
    case Kind::kDeviceLost:
      return ExitCode::kDeviceLost;
    case Kind::kQuit:
      return ExitCode::kQuit;
    case Kind::kInterrupted:
      return ExitCode::kInterrupted;
    case Kind::kTerminated:
      return ExitCode::kTerminated;
    case Kind::kHostFailed:
      return ExitCode::kRuntime;
  }
  return ExitCode::kInternal;
}

const char* sentence(Kind kind) {
  switch (kind) {
    case Kind::kPowerOff:
      return "the guest powered off";
    case Kind::kReset:
      return "the guest rebooted";
    case Kind::kPanic:
      return "the guest's kernel panicked";
    case Kind::kCrash:
      return "the guest crashed";
    case Kind::kDeviceLost:
      return "the host took a device away";
    case Kind::kQuit:
      return "ended by the console's escape key";
    case Kind::kInterrupted:
      return "interrupted (SIGINT)";
    case Kind::kTerminated:
      return "terminated (SIGTERM)";
    case Kind::kHostFailed:
      return "the host failed";
  }
  return "";
}

namespace {

// The host's word. It holds although the guest has just asked for a reboot.
bool host_ends(Kind kind) {
  return kind == Kind::kDeviceLost || kind == Kind::kQuit || kind == Kind::kInterrupted || kind == Kind::kTerminated;
}

}  // namespace

void Verdict::reach(Kind kind, std::string detail) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!outcome_ || (outcome_->kind == Kind::kReset && host_ends(kind))) outcome_ = Outcome{kind, std::move(detail)};
  }
  loop_.stop();
}

Outcome Verdict::take() {
  const std::lock_guard lock(mutex_);
  Outcome outcome = outcome_.value_or(Outcome{});
  outcome_.reset();
  // A guest may ask for its reset several times: the loop has seen one.
  loop_.forget_stop();
  return outcome;
}

}  // namespace vireo
