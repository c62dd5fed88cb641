#pragma once

#include <memory>

#include "emulated/legacy/debug_port.h"
#include "emulated/legacy/keyboard_8042.h"
#include "emulated/legacy/power_management.h"
#include "emulated/legacy/pvpanic.h"
#include "emulated/legacy/reset_control.h"
#include "emulated/legacy/rtc_cmos.h"
#include "emulated/legacy/serial_16550.h"
#include "emulated/legacy/wall_timer.h"
#include "vmm/platform/io_bus.h"

namespace vireo {

// The devices that every PC has at fixed ports.
class LegacyBoard {
 public:
  // Lifetime: the arguments outlive the board. Thread: destroyed on the loop's, when no CPU runs.
  LegacyBoard(platform::IoBus& ports, platform::InterruptRouter& router, platform::EventLoop& loop,
              const emulated::MachineEvents& events, emulated::Serial16550::Host console);

  emulated::Serial16550& serial() { return serial_; }
  emulated::RtcCmos& cmos() { return rtc_; }
  // Port 0xcf9: inside the PCI configuration ports, which pass it on.
  emulated::ResetControl& reset_control() { return reset_control_; }

 private:
  emulated::Serial16550 serial_;
  emulated::RtcCmos rtc_;
  emulated::WallTimer rtc_timer_;
  emulated::Keyboard8042 keyboard_;
  emulated::PowerManagement power_;
  emulated::Pvpanic pvpanic_;
  emulated::DebugPort debug_port_;
  emulated::ResetControl reset_control_;
  std::unique_ptr<platform::IoHandler> debug_exit_;  // of builds for tests
};

}  // namespace vireo
