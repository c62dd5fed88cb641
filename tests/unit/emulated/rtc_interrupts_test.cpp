// Interrupts of the clock: registers B and C, and the line. Source: Motorola MC146818A data sheet.
#include "emulated/legacy/wall_timer.h"
#include "tests/fakes/run_loop.h"
#include "tests/unit/emulated/rtc_fixture.h"

namespace vireo::emulated {
namespace {

constexpr uint8_t kA = 0x0a;
constexpr uint8_t kB = 0x0b;
constexpr uint8_t kC = 0x0c;
constexpr uint8_t kOn24Hours = 0x02;
constexpr uint8_t kUpdateEnable = 0x10;
constexpr uint8_t kAlarmEnable = 0x20;
constexpr uint8_t kPeriodicEnable = 0x40;
constexpr uint8_t kSet = 0x80;

class RtcInterrupt : public RtcFixture {
 protected:
  // Of 12:34:56, the fixture's moment, seconds later in the same minute.
  void set_alarm(uint8_t second) {
    set(1, second);
    set(3, 0x34);
    set(5, 0x12);
  }
  // Let time pass; the host wakes the clock if it was asked to.
  void wait(int64_t seconds, int64_t more = 0) {
    host += seconds;
    nanoseconds += more;
    if (!due || *due > host * kSecond + nanoseconds) return;
    due.reset();
    rtc.wake();
  }
  bool line() { return router.level(platform::kRtcIrq); }
};

TEST_F(RtcInterrupt, AlarmRaisesTheLineAtItsSecond) {
  set_alarm(0x58);
  set(kB, kOn24Hours | kAlarmEnable);
  EXPECT_EQ(due, (kMoment + 2) * kSecond);
  wait(1);
  EXPECT_FALSE(line());
  wait(1);
  EXPECT_TRUE(line());
}

// Register C: a load clears all flags, and so releases the pin.
TEST_F(RtcInterrupt, ReadingTheFlagsLowersTheLine) {
  set_alarm(0x58);
  set(kB, kOn24Hours | kAlarmEnable);
  wait(2);
  EXPECT_EQ(get(kC), 0x80 | 0x40 | 0x20 | 0x10);  // the others need no enable for their flags
  EXPECT_FALSE(line());
  EXPECT_EQ(get(kC), 0);
}

TEST_F(RtcInterrupt, AlarmComesAgainTheNextDay) {
  set_alarm(0x58);
  set(kB, kOn24Hours | kAlarmEnable);
  wait(2);
  get(kC);
  EXPECT_EQ(due, (kMoment + 2 + 86400) * kSecond);
}

TEST_F(RtcInterrupt, PollingGuestSeesTheAlarmWithoutItsInterrupt) {
  get(kC);
  set_alarm(0x57);
  host += 1;
  EXPECT_EQ(get(kC) & 0xa0, 0x20);
  EXPECT_FALSE(line());
}

TEST_F(RtcInterrupt, NobodyWakesForAGuestThatEnablesNone) {
  set_alarm(0x58);
  set(kA, 0x23);
  host += 2;
  get(kC);
  get(0);
  EXPECT_EQ(requests, 0u);
}

TEST_F(RtcInterrupt, EnablingAFlagThatIsSetInterruptsAtOnce) {
  host += 1;
  set(kB, kOn24Hours | kUpdateEnable);
  EXPECT_TRUE(line());
}

TEST_F(RtcInterrupt, UpdateEndsEachSecond) {
  nanoseconds = 300;
  set(kB, kOn24Hours | kUpdateEnable);
  EXPECT_EQ(due, (kMoment + 1) * kSecond);
  wait(1);
  EXPECT_TRUE(line());
  get(kC);
  EXPECT_EQ(due, (kMoment + 2) * kSecond);
}

TEST_F(RtcInterrupt, PeriodComesAtTheRate) {
  set(kA, 0x2f);
  set(kB, kOn24Hours | kPeriodicEnable);
  wait(0, kSecond / 2);
  EXPECT_TRUE(line());
  EXPECT_EQ(get(kC), 0x80 | 0x40);
}

TEST_F(RtcInterrupt, NobodyWakesUntilTheGuestHasReadTheFlags) {
  set(kA, 0x23);
  set(kB, kOn24Hours | kPeriodicEnable);
  wait(0, 122'071);
  EXPECT_FALSE(due);
  get(kC);
  EXPECT_TRUE(due);
}

TEST_F(RtcInterrupt, DisablingDisarms) {
  set(kB, kOn24Hours | kPeriodicEnable);
  set(kB, kOn24Hours);
  EXPECT_FALSE(due);
}

TEST_F(RtcInterrupt, AccessesThatChangeNothingLeaveTheTimerAlone) {
  set_alarm(0x58);
  set(kB, kOn24Hours | kAlarmEnable);
  const unsigned before = requests;
  get(0);
  get(kB);
  set(0x40, 0x11);
  EXPECT_EQ(requests, before);
}

TEST_F(RtcInterrupt, NewAlarmMovesTheTimer) {
  set_alarm(0x58);
  set(kB, kOn24Hours | kAlarmEnable);
  set(1, 0x59);
  EXPECT_EQ(due, (kMoment + 3) * kSecond);
}

TEST_F(RtcInterrupt, SettingTheTimeMovesTheAlarm) {
  set_alarm(0x58);
  set(kB, kOn24Hours | kAlarmEnable);
  set(0, 0x20);
  EXPECT_EQ(due, (kMoment + 38) * kSecond);
}

TEST_F(RtcInterrupt, NothingUpdatesWhileTheTimeIsSet) {
  get(kC);
  set_alarm(0x58);
  set(kB, kOn24Hours | kAlarmEnable | kSet);
  EXPECT_FALSE(due);
  host += 5;
  EXPECT_EQ(get(kC) & 0x30, 0);
}

// Register B, UIE: SET going high clears it.
TEST_F(RtcInterrupt, SettingTheTimeDisablesUpdateEnded) {
  set(kB, kOn24Hours | kUpdateEnable | kSet);
  EXPECT_EQ(get(kB), kOn24Hours | kSet);
}

TEST_F(RtcInterrupt, ResetClearsEnablesAndFlags) {
  set_alarm(0x57);
  set(kB, kOn24Hours | kAlarmEnable);
  wait(1);
  rtc.reset();
  EXPECT_FALSE(line());
  EXPECT_EQ(get(kB), kOn24Hours);
  EXPECT_EQ(get(kC), 0);
}

TEST_F(RtcInterrupt, HostsClockThatIsSetMovesTheTimer) {
  set_alarm(0x58);
  set(kB, kOn24Hours | kAlarmEnable);
  host -= 86400;
  rtc.wake();
  EXPECT_FALSE(line());
  EXPECT_EQ(due, (kMoment + 2 - 86400) * kSecond);
}

TEST_F(RtcInterrupt, LineMovesOnlyWhenItChanges) {
  set(kB, kOn24Hours | kUpdateEnable);
  wait(1);
  wait(1);
  get(kC);
  EXPECT_EQ(router.lines, (std::vector<fakes::FakeInterruptRouter::Line>{{8, true}, {8, false}}));
}

// Years that no host's clock has: nanoseconds since 1970 do not fit into 64 bits there.
TEST_F(RtcInterrupt, AlarmComesInTheYear9999) {
  set(kB, kOn24Hours | kSet);
  set(0x32, 0x99);
  set(9, 0x99);
  set_alarm(0x57);
  set(kB, kOn24Hours | kAlarmEnable);
  EXPECT_EQ(due, (kMoment + 1) * kSecond);
}

TEST(WallTimer, RingsWhenItsTimeHasCome) {
  platform::EventLoop loop;
  unsigned rings = 0;
  WallTimer timer(loop, [&] {
    ++rings;
    loop.stop();
  });
  const int64_t time = wall_nanoseconds() + 2'000'000;
  timer.set(time);
  loop.run();
  EXPECT_EQ(rings, 1u);
  EXPECT_GE(wall_nanoseconds(), time);
}

TEST(WallTimer, DoesNotRingOnceItIsDisarmed) {
  platform::EventLoop loop;
  unsigned rings = 0;
  WallTimer timer(loop, [&] { ++rings; });
  timer.set(1);
  timer.set(std::nullopt);
  fakes::run_once(loop);
  EXPECT_EQ(rings, 0u);
}

TEST(WallTimer, RingsAtOnceForATimeThatIsOver) {
  platform::EventLoop loop;
  unsigned rings = 0;
  WallTimer timer(loop, [&] { ++rings; });
  timer.set(-5);
  fakes::run_once(loop);
  EXPECT_EQ(rings, 1u);
}

}  // namespace
}  // namespace vireo::emulated
