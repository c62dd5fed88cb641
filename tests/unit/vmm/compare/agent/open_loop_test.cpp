#include "vmm/compare/agent/open_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vmm/compare/agent/timed_device.h"
#include "vmm/compare/agent/closed_loop.h"

namespace vireo::agent {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::Gt;
using testing::Le;
using testing::SizeIs;

constexpr uint64_t kMicrosecond = 1'000;
constexpr uint64_t kMillisecond = 1'000'000;
constexpr uint64_t kSecond = 1'000'000'000;
constexpr Order kOrder{.depth = 4, .rate = 1000, .nanoseconds = kSecond, .seed = 5};

// The moments of kOrder's window.
std::vector<uint64_t> moments() {
  std::vector<uint64_t> all;
  Schedule schedule(kOrder.rate, ~kOrder.seed);
  for (uint64_t at = schedule.next(); at < kOrder.nanoseconds; at = schedule.next()) all.push_back(at);
  return all;
}

TEST(OpenLoop, BeginsEachAtItsMoment) {
  TimedDevice device({.takes = 10});
  OpenLoop loop(kOrder, device);
  loop.run();
  EXPECT_EQ(device.begun(), moments());
}

TEST(OpenLoop, CountsAllOfAPathThatKeepsUp) {
  TimedDevice device({.takes = 10});
  OpenLoop loop(kOrder, device);
  loop.run();
  EXPECT_EQ(loop.counts(), (Counts{.operations = moments().size(), .elapsed = kSecond}));
  EXPECT_EQ(loop.latency().count(), moments().size());
  EXPECT_EQ(loop.latency().maximum(), 10u);
}

TEST(OpenLoop, CountsFromTheMomentAlsoWhenItIsLateItself) {
  TimedDevice device({.takes = 10, .wakes_late = 100});
  OpenLoop loop(kOrder, device);
  loop.run();
  EXPECT_EQ(loop.counts().latest, 100u);
  EXPECT_EQ(loop.latency().maximum(), 110u);
}

TEST(OpenLoop, IsNotLateWhereEverySlotIsBusy) {
  TimedDevice device({.takes = 10 * kMillisecond});
  OpenLoop loop(kOrder, device);
  loop.run();
  EXPECT_EQ(device.deepest(), kOrder.depth);
  EXPECT_EQ(loop.counts().latest, 0u);
}

TEST(OpenLoop, HasAStallSeenByAllThatWaitForItsEnd) {
  const TimedDevice::Settings stall{
      .takes = 100 * kMicrosecond, .stalls_at = 500 * kMillisecond, .stall = 40 * kMillisecond};
  TimedDevice device(stall);
  OpenLoop loop(kOrder, device);
  loop.run();
  TimedDevice other(stall);
  ClosedLoop closed({.nanoseconds = kSecond}, other);
  closed.run();
  EXPECT_THAT(closed.latency().quantile(0.99), Le(101 * kMicrosecond));
  EXPECT_THAT(closed.latency().maximum(), Ge(40 * kMillisecond));
  EXPECT_THAT(loop.latency().quantile(0.99), Gt(10 * kMillisecond));
  EXPECT_EQ(loop.latency().count(), moments().size());
}

// Four slots of 10 ms: 400 operations a second, of 1000 that are asked for.
TEST(OpenLoop, OmitsNothingOnAPathThatIsTooSlow) {
  TimedDevice device({.takes = 10 * kMillisecond});
  OpenLoop loop(kOrder, device);
  loop.run();
  EXPECT_EQ(loop.latency().count(), moments().size());
  EXPECT_EQ(loop.counts().missed, moments().size() - device.begun().size());
  EXPECT_THAT(loop.counts().operations, AllOf(Ge(390u), Le(400u)));
}

TEST(OpenLoop, EndsOnAPathThatIsTooSlow) {
  TimedDevice device({.takes = 10 * kMillisecond});
  OpenLoop loop(kOrder, device);
  loop.run();
  EXPECT_EQ(loop.counts().elapsed, kSecond);
  EXPECT_THAT(device.now(), AllOf(Ge(kSecond * 5 / 4), Le(kSecond * 5 / 4 + 10 * kMillisecond)));
  EXPECT_EQ(device.under_way(), 0u);
}

TEST(OpenLoop, CountsWhatItMissesWithWhatItWaited) {
  TimedDevice device({.takes = 3 * kSecond});
  OpenLoop loop(kOrder, device);
  loop.run();
  EXPECT_EQ(loop.counts().operations, 0u);
  EXPECT_EQ(loop.counts().missed, moments().size() - kOrder.depth);
  EXPECT_THAT(loop.latency().quantile(0), Ge(2 * kSecond));
}

TEST(OpenLoop, StillBeginsWhatWasDueBeforeTheEnd) {
  const TimedDevice::Settings stall{
      .takes = 100 * kMicrosecond, .stalls_at = 950 * kMillisecond, .stall = 100 * kMillisecond};
  TimedDevice device(stall);
  OpenLoop loop(kOrder, device);
  loop.run();
  EXPECT_THAT(device.begun(), SizeIs(moments().size()));
  EXPECT_EQ(loop.counts().missed, 0u);
  EXPECT_THAT(loop.counts().operations, Le(moments().size() - 30));
}

TEST(OpenLoop, EndsWithItsOperations) {
  TimedDevice device({.takes = 10});
  Order order = kOrder;
  order.operations = 20;
  OpenLoop loop(order, device);
  loop.run();
  EXPECT_EQ(loop.counts(), (Counts{.operations = 20, .elapsed = moments()[19] + 10}));
}

TEST(OpenLoop, EndsWithItsOperationsWithoutATime) {
  TimedDevice device({.takes = kSecond});
  OpenLoop loop({.depth = 4, .rate = 1000, .operations = 8, .seed = 5}, device);
  loop.run();
  EXPECT_EQ(loop.counts().operations, 8u);
  EXPECT_EQ(loop.counts().missed, 0u);
  EXPECT_EQ(loop.counts().elapsed, moments()[3] + 2 * kSecond);
}

TEST(OpenLoop, CountsWhatFailsApart) {
  TimedDevice device({.takes = 10, .fails = 3});
  OpenLoop loop(kOrder, device);
  loop.run();
  EXPECT_EQ(loop.counts(), (Counts{.operations = moments().size() - 1, .errors = 1, .elapsed = kSecond}));
}

}  // namespace
}  // namespace vireo::agent
