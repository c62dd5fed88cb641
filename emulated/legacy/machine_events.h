#pragma once

#include <cstdint>
#include <functional>

namespace vireo::emulated {

// What the guest asks of the machine through a legacy device. Called on a vCPU thread with no device lock held;
// must not throw and must not wait for a vCPU. An empty function is not called.
struct MachineEvents {
  std::function<void()> power_off;
  std::function<void()> reset;
  std::function<void(uint8_t event)> panic;  // Pvpanic's bits: kPanicked, kCrashLoaded
  std::function<void(uint8_t value)> exit;   // DebugExit's: a test kernel's result
};

}  // namespace vireo::emulated
