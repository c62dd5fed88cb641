#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "emulated/legacy/ports.h"

namespace vireo::emulated {

// State: complete.
// Features: takes a firmware's messages, a line at a time; firmware finds it only where somebody listens.
// Missing: nothing.
// Source: Bochs' port 0xe9 convention at the port that SeaBIOS (CONFIG_DEBUG_IO) and edk2 (DebugIoPort) use.
class DebugConsole final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{0x402, 1}}};

  // `listener`: none: the port is absent. Thread: any vCPU.
  using Listener = std::function<void(std::string_view line)>;
  explicit DebugConsole(Listener listener) : BytePorts(1), listener_(std::move(listener)) {}

 private:
  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;

  Listener listener_;
  std::string line_;
};

}  // namespace vireo::emulated
