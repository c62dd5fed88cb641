#pragma once

#include <array>

#include "emulated/legacy/machine_events.h"
#include "emulated/legacy/ports.h"
#include "vmm/platform/memory_map.h"

namespace vireo::emulated {

// State: the reset line of a keyboard controller, nothing else.
// Features: command 0xfe at port 0x64 resets the machine. The status is constant: "output always full", so that a
//   probe gives up emptying it at once, and "input empty", so that a reboot does not wait to write.
// Missing: the data port (reads all-ones as an absent port), keyboard, mouse, A20 (always on). The FADT says there is
//   no 8042.
// Source: IBM PC/AT technical reference, keyboard controller; Linux reboots by 0x64 <- 0xfe.
class Keyboard8042 final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{platform::kKeyboardPort + 4, 1}}};

  // Lifetime: `events` outlives the device.
  explicit Keyboard8042(const MachineEvents& events) : BytePorts(1), events_(events) {}

 private:
  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;
  void perform(Effect effect) noexcept override;

  const MachineEvents& events_;
};

}  // namespace vireo::emulated
