#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "emulated/legacy/machine_events.h"
#include "vmm/base/error.h"
#include "vmm/platform/event_loop.h"

namespace vireo {

// How a guest's run ended.
struct Outcome {
  enum class Kind {
    kPowerOff,
    kReset,
    kPanic,
    kCrash,
    kDeviceLost,
    kQuit,
    kInterrupted,
    kTerminated,
    kHostFailed,
    kTestExit
  };
  Kind kind = Kind::kPowerOff;
  std::string detail;      // for the operator
  uint8_t test_value = 0;  // kTestExit
};

// The exit code and the sentence that README.md documents for it.
base::ExitCode exit_code(const Outcome& outcome);
const char* sentence(Outcome::Kind kind);

// Where a run's end is decided: the first word counts (but the host's over a guest's reboot), and ends the event loop.
// Thread: any.
class Verdict {
 public:
  explicit Verdict(platform::EventLoop& loop) : loop_(loop) {}

  void reach(Outcome::Kind kind, std::string detail = {}) noexcept;
  void reach(Outcome outcome) noexcept;
  // The outcome; power-off when nobody said anything. Ready for the next run afterwards.
  // Thread: the loop's, when no other can reach a verdict.
  Outcome take();

 private:
  platform::EventLoop& loop_;
  std::mutex mutex_;
  std::optional<Outcome> outcome_;
};

// What of the guest's own doing ends its run. Lifetime: the verdict outlives it.
emulated::MachineEvents events_of(Verdict& verdict);

}  // namespace vireo
