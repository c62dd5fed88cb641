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
  }
  return "";
}

void Verdict::reach(Kind kind, std::string detail) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!outcome_) outcome_ = Outcome{kind, std::move(detail)};
  }
  loop_.stop();
}

Outcome Verdict::take() {
  const std::lock_guard lock(mutex_);
  Outcome outcome = outcome_.value_or(Outcome{});
  outcome_.reset();
  return outcome;
}

}  // namespace vireo
