#pragma once

#include <array>
#include <cstdint>
#include <optional>

// The clock's registers, and how time is written in them. Source: Motorola MC146818A data sheet.
namespace vireo::emulated::rtc {

enum Register : uint8_t {
  kSeconds = 0x00,
  kSecondsAlarm = 0x01,
  kMinutes = 0x02,
  kMinutesAlarm = 0x03,
  kHours = 0x04,
  kHoursAlarm = 0x05,
  kWeekday = 0x06,
  kDay = 0x07,
  kMonth = 0x08,
  kYear = 0x09,
  kA = 0x0a,
  kB = 0x0b,
  kC = 0x0c,
  kD = 0x0d,
  kCentury = 0x32,  // the PC/AT's
};
using Memory = std::array<uint8_t, 128>;

constexpr uint8_t kBSet = 1 << 7;  // time stands still, the guest writes it
constexpr uint8_t kBBinary = 1 << 2;
constexpr uint8_t kB24Hours = 1 << 1;

bool is_time(uint8_t index) noexcept;

// How register B has numbers written: binary or BCD, hours of 24 or of 12.
class Format {
 public:
  explicit Format(uint8_t register_b) noexcept
      : binary_((register_b & kBBinary) != 0), hours24_((register_b & kB24Hours) != 0) {}

  uint8_t encode(unsigned value) const noexcept;
  unsigned decode(uint8_t value) const noexcept;
  uint8_t encode_hour(unsigned hour) const noexcept;
  unsigned decode_hour(uint8_t value) const noexcept;

 private:
  bool binary_;
  bool hours24_;
};

// Write the time into the registers. Units: seconds since 1970-01-01 00:00:00.
void show_time(Memory& memory, int64_t seconds) noexcept;
// The time that they say; nothing for what is none (31 February, hour 77).
std::optional<int64_t> read_time(const Memory& memory) noexcept;

}  // namespace vireo::emulated::rtc
