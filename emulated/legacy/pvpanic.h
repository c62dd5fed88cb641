#pragma once

#include <array>

#include "emulated/legacy/machine_events.h"
#include "emulated/legacy/ports.h"
#include "vmm/platform/memory_map.h"

namespace vireo::emulated {

// State: complete.
// Features: tells the machine that the guest's kernel panicked or loaded its crash kernel.
// Missing: the PCI variant; the shutdown event.
// Source: QEMU docs/specs/pvpanic.rst.
class Pvpanic final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{platform::kPvpanicPort, 1}}};
  static constexpr uint8_t kPanicked = 1;
  static constexpr uint8_t kCrashLoaded = 2;

  // Lifetime: `events` outlives the device.
  explicit Pvpanic(const MachineEvents& events) : BytePorts(1), events_(events) {}

 private:
  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;
  void perform(Effect effect) noexcept override;

  const MachineEvents& events_;
};

}  // namespace vireo::emulated
