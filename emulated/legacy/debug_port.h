#pragma once

#include <array>

#include "emulated/legacy/ports.h"

namespace vireo::emulated {

// State: complete.
// Features: takes POST codes and the stores that guests use as a delay; reads back the last.
// Missing: nothing; KVM can be told to ignore the port, which saves an exit each.
// Source: PC/AT convention for port 0x80; Linux arch/x86/include/asm/io.h, native_io_delay.
class DebugPort final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{0x80, 1}}};

  DebugPort() : BytePorts(1) {}

 private:
  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;

  uint8_t last_ = 0;
};

}  // namespace vireo::emulated
