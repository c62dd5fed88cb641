#pragma once

#include <optional>

#include "emulated/legacy/clock.h"
#include "emulated/legacy/rtc_time.h"

// When the clock interrupts: computed, so that nobody has to look each second. Units: the host's clock's, where no
// other is said. Source: Motorola MC146818A data sheet.
namespace vireo::emulated::rtc {

// Flags of register C; register B enables each in the same place.
constexpr uint8_t kUpdateEnded = 1 << 4;
constexpr uint8_t kAlarm = 1 << 5;
constexpr uint8_t kPeriodic = 1 << 6;
constexpr uint8_t kEvents = kUpdateEnded | kAlarm | kPeriodic;

// A time of the day; what is not said matches always.
struct Alarm {
  std::optional<unsigned> hour;
  std::optional<unsigned> minute;
  std::optional<unsigned> second;
};
// Nothing when no time matches.
std::optional<Alarm> read_alarm(const Memory& memory) noexcept;
// The first second from `seconds` on that matches. Units: seconds since 1970-01-01 00:00:00.
int64_t next_match(const Alarm& alarm, int64_t seconds) noexcept;

// What brings events about.
struct Schedule {
  unsigned hertz = 0;   // of the periodic ones; 0: none
  bool updates = true;  // each second
  std::optional<Alarm> alarm;
  int64_t offset = 0;  // guest's time - host's, seconds
};
Schedule read_schedule(const Memory& memory, int64_t offset) noexcept;

// When the first such event after `since` comes. Precondition: since >= 0.
std::optional<int64_t> next_event(uint8_t event, const Schedule& schedule, int64_t since) noexcept;
// The earliest of some events.
std::optional<int64_t> next_of(uint8_t events, const Schedule& schedule, int64_t since) noexcept;
// Which have come after `since`, by `now`.
uint8_t events_between(const Schedule& schedule, int64_t since, int64_t now) noexcept;

}  // namespace vireo::emulated::rtc
