#pragma once

#include <functional>
#include <optional>

#include "emulated/legacy/clock.h"
#include "emulated/legacy/ports.h"
#include "emulated/legacy/rtc_events.h"
#include "vmm/platform/interrupts.h"
#include "vmm/platform/memory_map.h"

namespace vireo::emulated {

// State: works with Linux's driver and with firmware.
// Features: time, date and century from the host's clock (UTC) plus what the guest set; BCD and binary, 12 and 24
//   hours; registers A-D and 128 bytes of CMOS memory; periodic, alarm and update-ended interrupts as a level on IRQ 8,
//   which wake vireo only while one is enabled that has not come yet; the update-in-progress bit.
// Missing: the divider's control (a second begins when the host's does, and goes on when the divider is held), the
//   square wave, daylight saving, an alarm's date, waking a guest that sleeps (there is no such sleep).
// Source: Motorola MC146818A data sheet; PC/AT convention for the century at 0x32.
class RtcCmos final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{platform::kRtcPort, 2}}};

  struct Host {
    WallClock clock = wall_nanoseconds;
    // Have wake() called at this time of the clock, and when the clock is set; nothing: never. Only the last request
    // counts. Called with the device's lock held.
    std::function<void(std::optional<int64_t> time)> wake_at;
  };
  // Lifetime: `router` outlives the device.
  RtcCmos(platform::InterruptRouter& router, Host host);

  // Have what firmware looks up in CMOS memory: how much RAM there is below and above 4 GiB, in bytes, how many CPUs,
  // and that it boots from disks. Before the guest runs. Source: SeaBIOS src/hw/rtc.h; edk2 OvmfPkg/PlatformPei.
  struct Equipment {
    uint64_t memory_below_4_gib;
    uint64_t memory_above_4_gib;
    unsigned cpus;
  };
  void describe(const Equipment& equipment) noexcept;

  // The time that was asked for may have come. Thread: any.
  void wake() noexcept;
  // Interrupts as at power-on; time and memory stay, as with a battery.
  void reset() noexcept;

 private:
  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;
  void access_done() noexcept override { update_interrupt(); }

  uint8_t read_register(uint8_t index) noexcept;
  uint8_t read_flags() noexcept;
  void write_register(uint8_t index, uint8_t value) noexcept;
  void write_control(uint8_t value) noexcept;
  bool stopped() const noexcept;
  bool about_to_update() const noexcept;
  void fetch_time() noexcept;
  void store_time() noexcept;
  void catch_up() noexcept;
  void update_interrupt() noexcept;

  platform::InterruptRouter& router_;
  const Host host_;
  int64_t offset_ = 0;  // guest's time - host's, seconds
  uint8_t index_ = 0;
  rtc::Memory memory_{};
  uint8_t flags_ = 0;             // of register C
  int64_t seen_;                  // by the host's clock: what came until then is in flags_
  std::optional<int64_t> alarm_;  // what wake_at was told last
  bool line_ = false;
};

}  // namespace vireo::emulated
