#include "vmm/legacy_board.h"

#include "emulated/legacy/debug_exit.h"
#include "vmm/config/test_devices.h"
#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

template <typename Device>
void add(platform::IoBus& ports, Device& device) {
  for (const emulated::PortRange& range : Device::kPorts) ports.add(range.start, range.size, device);
}

}  // namespace

LegacyBoard::LegacyBoard(platform::IoBus& ports, platform::InterruptRouter& router, platform::EventLoop& loop,
                         const emulated::MachineEvents& events, emulated::Serial16550::Host console)
    : serial_(router, platform::kSerialIrq, std::move(console)),
      rtc_(router, {.wake_at = [this](std::optional<int64_t> time) { rtc_timer_.set(time); }}),
      rtc_timer_(loop, [this] { rtc_.wake(); }),
      keyboard_(events),
      power_(router, events),
      pvpanic_(events),
      reset_control_(events) {
  add(ports, serial_);
  add(ports, rtc_);
  add(ports, keyboard_);
  add(ports, power_);
  add(ports, pvpanic_);
  add(ports, debug_port_);
  if constexpr (config::kTestDevices) {
    auto debug_exit = std::make_unique<emulated::DebugExit>(events);
    add(ports, *debug_exit);
    debug_exit_ = std::move(debug_exit);
  }
}

}  // namespace vireo
