#pragma once

#include <array>

#include "emulated/legacy/machine_events.h"
#include "emulated/legacy/ports.h"
#include "vmm/platform/memory_map.h"

namespace vireo::emulated {

// State: complete.
// Features: RST_CPU (bit 2) going from 0 to 1 resets the machine, hard or soft alike; SYS_RST and FULL_RST are stored.
// Missing: the difference between a CPU reset and a power cycle.
// Source: Intel ICH9 datasheet 13.7.5 (RST_CNT). The port lies inside 0xcf8-0xcff: whoever owns those gives it here.
class ResetControl final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{platform::kResetPort, 1}}};

  // Lifetime: `events` outlives the device.
  explicit ResetControl(const MachineEvents& events) : BytePorts(1), events_(events) {}

  // Return to power-on state.
  void reset() noexcept;

 private:
  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;
  void perform(Effect effect) noexcept override;

  const MachineEvents& events_;
  uint8_t value_ = 0;
};

}  // namespace vireo::emulated
