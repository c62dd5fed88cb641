#include "vmm/outcome.h"

#include "emulated/legacy/pvpanic.h"

namespace vireo {

using base::ExitCode;
using Kind = Outcome::Kind;

ExitCode exit_code(const Outcome& outcome) {
  switch (outcome.kind) {
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
    case Kind::kTestExit:  // never 0, which a power-off is; the kernel keeps 8 bits
      return static_cast<ExitCode>((outcome.test_value << 1 | 1) & 0xff);
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
    case Kind::kTestExit:
      return "the guest ended its test";
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
  reach(Outcome{.kind = kind, .detail = std::move(detail)});
}

void Verdict::reach(Outcome outcome) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!outcome_ || (outcome_->kind == Kind::kReset && host_ends(outcome.kind))) outcome_ = std::move(outcome);
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

emulated::MachineEvents events_of(Verdict& verdict) {
  return {.power_off = [&verdict] { verdict.reach(Kind::kPowerOff); },
          .reset = [&verdict] { verdict.reach(Kind::kReset); },
          .panic =
              [&verdict](uint8_t event) {
                // A crash kernel that is loaded writes its dump first and then reboots by itself.
                if (event & emulated::Pvpanic::kPanicked) verdict.reach(Kind::kPanic);
              },
          .exit = [&verdict](uint8_t value) { verdict.reach({.kind = Kind::kTestExit, .test_value = value}); }};
}

}  // namespace vireo
