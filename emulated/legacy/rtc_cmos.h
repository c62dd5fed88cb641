#pragma once

#include <array>

#include "emulated/legacy/clock.h"
#include "emulated/legacy/ports.h"
#include "vmm/platform/memory_map.h"

namespace vireo::emulated {

// State: a clock that can be read and set, and 128 bytes of CMOS memory.
// Features: time, date and century from the host's clock (UTC) plus what the guest set; BCD and binary, 12 and 24
//   hours; registers A-D; alarm registers and CMOS bytes as memory.
// Missing: interrupts: periodic, alarm and update-ended never fire (issue 4). The update-in-progress bit is never set:
//   time is read as one instant.
// Source: Motorola MC146818A data sheet; PC/AT convention for the century at 0x32.
class RtcCmos final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{platform::kRtcPort, 2}}};

  explicit RtcCmos(WallClock clock = wall_seconds);

  // Have what firmware looks up in CMOS memory: how much RAM there is below and above 4 GiB, in bytes, how many CPUs,
  // and that it boots from disks. Before the guest runs. Source: SeaBIOS src/hw/rtc.h; edk2 OvmfPkg/PlatformPei.
  struct Equipment {
    uint64_t memory_below_4_gib;
    uint64_t memory_above_4_gib;
    unsigned cpus;
  };
  void describe(const Equipment& equipment) noexcept;

  // Registers B and C as at power-on; time and memory stay, as with a battery.
  void reset() noexcept;

 private:
  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;

  uint8_t read_register(uint8_t index) noexcept;
  void write_register(uint8_t index, uint8_t value) noexcept;
  int64_t now() const noexcept;
  void store_time() noexcept;
  void fetch_time() noexcept;
  uint8_t encode(unsigned value) const noexcept;
  unsigned decode(uint8_t value) const noexcept;
  uint8_t encode_hour(unsigned hour) const noexcept;
  unsigned decode_hour(uint8_t value) const noexcept;

  const WallClock clock_;
  int64_t offset_ = 0;  // guest's time - host's, seconds
  uint8_t index_ = 0;
  std::array<uint8_t, 128> memory_{};
};

}  // namespace vireo::emulated
