// When the clock's events come. Source: Motorola MC146818A data sheet.
#include "emulated/legacy/rtc_events.h"

#include <gtest/gtest.h>

namespace vireo::emulated::rtc {
namespace {

constexpr int64_t kNoon = 1709208000;  // 2024-02-29 12:00:00 UTC

Memory with_alarm(uint8_t hour, uint8_t minute, uint8_t second, uint8_t control = kB24Hours) {
  Memory memory{};
  memory[kB] = control;
  memory[kHoursAlarm] = hour;
  memory[kMinutesAlarm] = minute;
  memory[kSecondsAlarm] = second;
  return memory;
}

int64_t next(const Memory& memory, int64_t seconds) {
  return next_match(read_alarm(memory).value(), seconds);
}

TEST(RtcAlarm, ComesLaterToday) {
  EXPECT_EQ(next(with_alarm(0x13, 0x45, 0x07), kNoon), kNoon + 3600 + 45 * 60 + 7);
}

TEST(RtcAlarm, ComesTomorrowWhenItIsOver) {
  EXPECT_EQ(next(with_alarm(0x11, 0x59, 0x59), kNoon), kNoon + 86400 - 1);
}

TEST(RtcAlarm, ComesAtTheVerySecond) {
  EXPECT_EQ(next(with_alarm(0x12, 0x00, 0x00), kNoon), kNoon);
}

// A don't-care code (c0 to ff) for the hours: an alarm each hour.
TEST(RtcAlarm, ComesEachHour) {
  EXPECT_EQ(next(with_alarm(0xc0, 0x10, 0x05), kNoon + 605), kNoon + 605);
  EXPECT_EQ(next(with_alarm(0xc0, 0x10, 0x05), kNoon + 606), kNoon + 3600 + 605);
}

TEST(RtcAlarm, ComesEachMinute) {
  EXPECT_EQ(next(with_alarm(0xff, 0xff, 0x30), kNoon + 31), kNoon + 90);
}

TEST(RtcAlarm, ComesEachSecond) {
  EXPECT_EQ(next(with_alarm(0xc0, 0xfe, 0xd5), kNoon + 17), kNoon + 17);
}

TEST(RtcAlarm, ComesEachSecondOfOneMinute) {
  EXPECT_EQ(next(with_alarm(0x12, 0x01, 0xff), kNoon + 61), kNoon + 61);
  EXPECT_EQ(next(with_alarm(0x12, 0x01, 0xff), kNoon + 120), kNoon + 86400 + 60);
}

TEST(RtcAlarm, ComesAtTheFirstSecondOfAnHourAfterMidnight) {
  EXPECT_EQ(next(with_alarm(0x00, 0xff, 0xff), kNoon), kNoon + int64_t{12} * 3600);
}

TEST(RtcAlarm, ComesBefore1970) {
  EXPECT_EQ(next(with_alarm(0x00, 0x00, 0x00), -1), 0);
}

TEST(RtcAlarm, ReadsBinary) {
  EXPECT_EQ(next(with_alarm(13, 45, 59, kB24Hours | kBBinary), kNoon), kNoon + 3600 + 45 * 60 + 59);
}

TEST(RtcAlarm, ReadsTwelveHours) {
  EXPECT_EQ(next(with_alarm(0x81, 0x00, 0x00, 0), kNoon), kNoon + 3600);
}

TEST(RtcAlarm, NeverComesAtAMinuteThatIsNone) {
  EXPECT_FALSE(read_alarm(with_alarm(0x12, 0x60, 0x00)));
}

// Bytes are compared: 1a is no BCD, although its digits would add up to 20.
TEST(RtcAlarm, NeverComesAtWhatIsNoNumber) {
  EXPECT_FALSE(read_alarm(with_alarm(0x12, 0x1a, 0x00)));
}

TEST(RtcAlarm, NeverComesAtHourZeroOfTwelve) {
  EXPECT_FALSE(read_alarm(with_alarm(0x00, 0x00, 0x00, 0)));
}

Schedule at_rate(uint8_t rate) {
  Memory memory{};
  memory[kA] = 0x20 | rate;
  return read_schedule(memory, 0);
}

// Periodic interrupt rates, 32.768 kHz time base.
TEST(RtcPeriodic, HasTheRatesOfTheTable) {
  EXPECT_EQ(at_rate(0).hertz, 0u);
  EXPECT_EQ(at_rate(1).hertz, 256u);
  EXPECT_EQ(at_rate(2).hertz, 128u);
  EXPECT_EQ(at_rate(3).hertz, 8192u);
  EXPECT_EQ(at_rate(6).hertz, 1024u);
  EXPECT_EQ(at_rate(15).hertz, 2u);
}

TEST(RtcPeriodic, ComesAtTheNextTick) {
  EXPECT_EQ(next_event(kPeriodic, at_rate(15), 7 * kSecond), 7 * kSecond + kSecond / 2);
}

TEST(RtcPeriodic, LastTickOfASecondIsItsEnd) {
  EXPECT_EQ(next_event(kPeriodic, at_rate(3), 7 * kSecond + 999'999'999), 8 * kSecond);
}

// 8192 Hz is no whole number of nanoseconds: no tick is met twice, or not at all.
TEST(RtcPeriodic, HasAsManyTicksASecondAsItsRate) {
  int64_t time = 3 * kSecond;
  unsigned ticks = 0;
  for (; time < 4 * kSecond; ++ticks) time = next_event(kPeriodic, at_rate(3), time).value();
  EXPECT_EQ(ticks, 8192u);
  EXPECT_EQ(time, 4 * kSecond);
}

TEST(RtcPeriodic, NeverComesAtRateZero) {
  EXPECT_FALSE(next_event(kPeriodic, at_rate(0), kSecond));
}

TEST(RtcEvents, UpdateEndsWithTheSecond) {
  EXPECT_EQ(next_event(kUpdateEnded, {}, 5 * kSecond + 1), 6 * kSecond);
  EXPECT_EQ(next_event(kUpdateEnded, {}, 5 * kSecond), 6 * kSecond);
}

TEST(RtcEvents, AlarmIsInTheGuestsTime) {
  const Schedule schedule{.alarm = Alarm{.hour = 0, .minute = 0, .second = 0}, .offset = 86400 - 100};
  EXPECT_EQ(next_event(kAlarm, schedule, 40 * kSecond), 100 * kSecond);
}

TEST(RtcEvents, NothingUpdatesWhileTheTimeIsSet) {
  const Schedule schedule{.hertz = 2, .updates = false, .alarm = Alarm{}};
  EXPECT_EQ(events_between(schedule, 0, 10 * kSecond), kPeriodic);
}

TEST(RtcEvents, NothingComesWhenTheClockIsSetBack) {
  EXPECT_EQ(events_between({.hertz = 8192, .alarm = Alarm{}}, 10 * kSecond, 5 * kSecond), 0);
}

TEST(RtcEvents, EarliestOfSeveralIsNext) {
  const Schedule schedule{.hertz = 2, .alarm = Alarm{}};
  EXPECT_EQ(next_of(kEvents, schedule, 0), kSecond / 2);
  EXPECT_EQ(next_of(kAlarm | kUpdateEnded, schedule, 0), kSecond);
}

}  // namespace
}  // namespace vireo::emulated::rtc
