#pragma once

#include <array>

#include "emulated/legacy/clock.h"
#include "emulated/legacy/machine_events.h"
#include "emulated/legacy/ports.h"
#include "vmm/platform/acpi_hardware.h"
#include "vmm/platform/interrupts.h"
#include "vmm/platform/memory_map.h"

namespace vireo::emulated {

// State: complete for soft-off and the power button.
// Features: PM1 status, enable and control; soft-off by SLP_TYP 5 and SLP_EN; 24-bit PM timer; GPE0 status and enable;
//   SCI as a level. SCI_EN is always set: there is no SMI to hand over to ACPI.
// Missing: sleep states but S5, timer-overflow interrupts (TMR_STS stays clear), wake events, ICH9's SMI and TCO
//   registers (read zero).
// Source: ACPI 6.5 4.8.3, 4.8.4; Intel ICH9 datasheet 13.8.3 for the offsets.
class PowerManagement final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{platform::kPmBase, platform::kPmPorts}}};

  // Lifetime: `router` and `events` outlive the device.
  PowerManagement(platform::InterruptRouter& router, const MachineEvents& events,
                  MonotonicClock clock = monotonic_nanoseconds);

  // Press the fixed power button: a guest that listens shuts down. Thread: any.
  void press_power_button() noexcept;
  // Return to power-on state. The timer runs on.
  void reset() noexcept;

 private:
  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;
  void access_done() noexcept override;
  void perform(Effect effect) noexcept override;

  uint8_t read_timer(unsigned byte) noexcept;
  void update_sci() noexcept;

  platform::InterruptRouter& router_;
  const MachineEvents& events_;
  const MonotonicClock clock_;
  uint16_t status_ = 0;
  uint16_t enable_ = 0;
  uint16_t control_ = 0;
  uint32_t timer_ = 0;  // latched at the timer's first byte, so that a wide read is one instant
  std::array<uint8_t, platform::kGpe0Length / 2> gpe_enable_{};
  bool sci_ = false;
};

}  // namespace vireo::emulated
