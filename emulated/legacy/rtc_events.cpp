#include "emulated/legacy/rtc_events.h"

#include <algorithm>

namespace vireo::emulated::rtc {
namespace {

constexpr uint8_t kDontCare = 0xc0;   // both upper bits set: any value will do
constexpr uint8_t kRateMask = 0x0f;   // register A, RS
constexpr int64_t kWholeDay = 86400;  // seconds

// The table of periodic rates, for the 32.768 kHz of a PC: 1 and 2 are what 8 and 9 are.
unsigned periodic_hertz(uint8_t register_a) noexcept {
  constexpr unsigned kCrystal = 32768;
  const unsigned rate = register_a & kRateMask;
  if (rate == 0) return 0;
  return kCrystal >> (rate < 3 ? rate + 6 : rate - 1);
}

// The first time from `time` on at which the unit that is `size` seconds long, and of which there are `count`, has the
// value `wanted`: the beginning of that unit, or `time` itself.
int64_t advance(int64_t time, int64_t size, int64_t count, std::optional<unsigned> wanted) noexcept {
  if (!wanted) return time;
  const int64_t missing = (*wanted + count - time / size % count) % count;
  return missing == 0 ? time : (time / size + missing) * size;
}

// The first tick after `since`. All rates are powers of two and at least 2 Hz: a second is a whole number of ticks.
int64_t next_tick(unsigned hertz, int64_t since) noexcept {
  const int64_t second = since / kSecond;
  const int64_t tick = since % kSecond * hertz / kSecond + 1;
  return second * kSecond + (tick * kSecond + hertz - 1) / hertz;
}

}  // namespace

// The hardware compares bytes: what is not how a number is written matches nothing.
std::optional<Alarm> read_alarm(const Memory& memory) noexcept {
  const Format format(memory[kB]);
  Alarm alarm;
  if (const uint8_t byte = memory[kSecondsAlarm]; byte < kDontCare) alarm.second = format.decode(byte);
  if (const uint8_t byte = memory[kMinutesAlarm]; byte < kDontCare) alarm.minute = format.decode(byte);
  if (const uint8_t byte = memory[kHoursAlarm]; byte < kDontCare) alarm.hour = format.decode_hour(byte);
  const bool number = (!alarm.second || format.encode(*alarm.second) == memory[kSecondsAlarm]) &&
                      (!alarm.minute || format.encode(*alarm.minute) == memory[kMinutesAlarm]) &&
                      (!alarm.hour || format.encode_hour(*alarm.hour) == memory[kHoursAlarm]);
  const bool in_range = alarm.second.value_or(0) < 60 && alarm.minute.value_or(0) < 60 && alarm.hour.value_or(0) < 24;
  return number && in_range ? std::optional(alarm) : std::nullopt;
}

// No step goes past a match, and each is to the next hour, minute or second that may be one.
int64_t next_match(const Alarm& alarm, int64_t seconds) noexcept {
  const int64_t time_of_day = (seconds % kWholeDay + kWholeDay) % kWholeDay;
  int64_t time = time_of_day;
  for (;;) {
    const int64_t hour = advance(time, 3600, 24, alarm.hour);
    const int64_t minute = advance(hour, 60, 60, alarm.minute);
    const int64_t second = advance(minute, 1, 60, alarm.second);
    if (second == time) return seconds - time_of_day + time;
    time = second;
  }
}

Schedule read_schedule(const Memory& memory, int64_t offset) noexcept {
  return {.hertz = periodic_hertz(memory[kA]),
          .updates = (memory[kB] & kBSet) == 0,
          .alarm = read_alarm(memory),
          .offset = offset};
}

std::optional<int64_t> next_event(uint8_t event, const Schedule& schedule, int64_t since) noexcept {
  if (event == kPeriodic) return schedule.hertz == 0 ? std::nullopt : std::optional(next_tick(schedule.hertz, since));
  if (!schedule.updates) return std::nullopt;
  const int64_t update = since / kSecond + 1;
  if (event == kUpdateEnded) return update * kSecond;
  if (!schedule.alarm) return std::nullopt;
  // Each update compares: a time that is set to the alarm's is none.
  return (next_match(*schedule.alarm, update + schedule.offset) - schedule.offset) * kSecond;
}

std::optional<int64_t> next_of(uint8_t events, const Schedule& schedule, int64_t since) noexcept {
  std::optional<int64_t> first;
  for (const uint8_t event : {kUpdateEnded, kAlarm, kPeriodic}) {
    if ((events & event) == 0) continue;
    const auto time = next_event(event, schedule, since);
    if (time && (!first || *time < *first)) first = time;
  }
  return first;
}

uint8_t events_between(const Schedule& schedule, int64_t since, int64_t now) noexcept {
  uint8_t events = 0;
  for (const uint8_t event : {kUpdateEnded, kAlarm, kPeriodic})
    if (const auto time = next_event(event, schedule, since); time && *time <= now) events |= event;
  return events;
}

}  // namespace vireo::emulated::rtc
