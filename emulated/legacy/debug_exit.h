#pragma once

#include <array>

#include "emulated/legacy/machine_events.h"
#include "emulated/legacy/ports.h"

namespace vireo::emulated {

// State: complete; in builds for tests only (VIREO_TEST_DEVICES).
// Features: tells the machine that the guest, a test kernel, has ended with a value; reads as zeros.
// Missing: values of more than a byte, of which an exit status would keep nothing.
// Source: what test kernels store to end: kvm-unit-tests lib/x86/io.c, exit().
class DebugExit final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{0xf4, 4}}};

  // Lifetime: `events` outlives the device.
  explicit DebugExit(const MachineEvents& events) : BytePorts(4), events_(events) {}

 private:
  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;
  void perform(Effect effect) noexcept override;

  const MachineEvents& events_;
};

}  // namespace vireo::emulated
