#include "tests/unit/emulated/rtc_fixture.h"

namespace vireo::emulated {
namespace {

using Rtc = RtcFixture;

TEST_F(Rtc, ShowsTimeInBcd) {
  EXPECT_EQ(get(4), 0x12);
  EXPECT_EQ(get(2), 0x34);
  EXPECT_EQ(get(0), 0x56);
}

TEST_F(Rtc, ShowsDateAndCentury) {
  EXPECT_EQ(get(7), 0x29);
  EXPECT_EQ(get(8), 0x02);
  EXPECT_EQ(get(9), 0x24);
  EXPECT_EQ(get(0x32), 0x20);
}

TEST_F(Rtc, CountsWeekdaysFromSunday) {
  EXPECT_EQ(get(6), 5);
}

TEST_F(Rtc, FollowsTheHost) {
  host += 4;
  EXPECT_EQ(get(2), 0x35);
  EXPECT_EQ(get(0), 0x00);
}

TEST_F(Rtc, ShowsBinaryOnDemand) {
  set(0x0b, 0x06);
  EXPECT_EQ(get(0), 56);
}

TEST_F(Rtc, ShowsNoonAs12Pm) {
  set(0x0b, 0x00);
  EXPECT_EQ(get(4), 0x92);
}

TEST_F(Rtc, ShowsMidnightAs12Am) {
  host -= int64_t{12} * 3600;
  set(0x0b, 0x00);
  EXPECT_EQ(get(4), 0x12);
}

// MC146818A, register B: SET stops updates while the program writes the time.
TEST_F(Rtc, TimeStandsStillWhileItIsSet) {
  set(0x0b, 0x82);
  host += 10;
  EXPECT_EQ(get(0), 0x56);
}

TEST_F(Rtc, KeepsTheTimeTheGuestSet) {
  set(0x0b, 0x82);
  set(9, 0x30);
  set(7, 0x01);
  set(4, 0x23);
  set(0x0b, 0x02);
  host += 1;
  EXPECT_EQ(get(9), 0x30);
  EXPECT_EQ(get(4), 0x23);
  EXPECT_EQ(get(0), 0x57);
}

TEST_F(Rtc, IgnoresADayThatIsNone) {
  set(8, 0x99);
  EXPECT_EQ(get(8), 0x02);
}

TEST_F(Rtc, UpdateInProgressIsReadOnly) {
  set(0x0a, 0xff);
  EXPECT_EQ(get(0x0a), 0x7f);
}

// MC146818A, register A: once UIP reads 0 there is no update for 244 us at least.
TEST_F(Rtc, UpdatesForTheLast244MicrosecondsOfASecond) {
  nanoseconds = 999'756'000;
  EXPECT_EQ(get(0x0a), 0xa6);
}

TEST_F(Rtc, DoesNotUpdateYet245MicrosecondsBeforeASecondEnds) {
  nanoseconds = 999'755'000;
  EXPECT_EQ(get(0x0a), 0x26);
}

// MC146818A, register A: SET in register B inhibits updates and clears UIP.
TEST_F(Rtc, DoesNotUpdateWhileTheTimeIsSet) {
  nanoseconds = 999'999'999;
  set(0x0b, 0x82);
  EXPECT_EQ(get(0x0a), 0x26);
}

TEST_F(Rtc, BatteryIsGoodAndReadOnly) {
  set(0x0d, 0x00);
  EXPECT_EQ(get(0x0d), 0x80);
}

TEST_F(Rtc, HasNoInterruptPending) {
  EXPECT_EQ(get(0x0c), 0x00);
}

TEST_F(Rtc, KeepsTheShutdownByteOverReset) {
  set(0x0f, 0x0a);
  rtc.reset();
  EXPECT_EQ(get(0x0f), 0x0a);
}

TEST_F(Rtc, IgnoresTheNmiMaskBit) {
  set(0x0f, 0x42);
  EXPECT_EQ(get(0x8f), 0x42);
}

TEST_F(Rtc, AlarmRegistersAreMemory) {
  set(0x01, 0x33);
  EXPECT_EQ(get(0x01), 0x33);
}

}  // namespace
}  // namespace vireo::emulated
