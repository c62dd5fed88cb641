#include "vmm/compare/agent/closed_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vmm/compare/agent/timed_device.h"

namespace vireo::agent {
namespace {

using testing::ElementsAre;

TEST(ClosedLoop, EndsWithItsOperations) {
  TimedDevice device({.takes = 100});
  ClosedLoop loop({.operations = 10}, device);
  loop.run();
  EXPECT_EQ(loop.counts(), (Counts{.operations = 10, .elapsed = 1000}));
  EXPECT_EQ(loop.latency().count(), 10u);
}

TEST(ClosedLoop, CountsEachFromItsBeginning) {
  TimedDevice device({.takes = 100});
  ClosedLoop loop({.operations = 10}, device);
  loop.run();
  EXPECT_EQ(loop.latency().quantile(0), 100u);
  EXPECT_EQ(loop.latency().maximum(), 100u);
}

TEST(ClosedLoop, BeginsTheNextAsSoonAsOneIsDone) {
  TimedDevice device({.takes = 100});
  ClosedLoop loop({.operations = 4}, device);
  loop.run();
  EXPECT_THAT(device.begun(), ElementsAre(0, 100, 200, 300));
}

TEST(ClosedLoop, KeepsItsDepthUnderWay) {
  TimedDevice device;
  ClosedLoop loop({.depth = 4, .operations = 100}, device);
  loop.run();
  EXPECT_EQ(device.deepest(), 4u);
  EXPECT_EQ(loop.counts().elapsed, 100u * 100 / 4);
}

TEST(ClosedLoop, DoesNotWaitForTheOthersToBeginTheNext) {
  TimedDevice device({.takes = 100, .is_slow = 0});
  ClosedLoop loop({.depth = 2, .operations = 4}, device);
  loop.run();
  EXPECT_THAT(device.begun(), ElementsAre(0, 0, 100, 200, 300));
}

TEST(ClosedLoop, EndsWithItsTime) {
  TimedDevice device({.takes = 100});
  ClosedLoop loop({.nanoseconds = 950}, device);
  loop.run();
  EXPECT_EQ(loop.counts(), (Counts{.operations = 10, .elapsed = 1000}));
}

TEST(ClosedLoop, EndsWithWhatIsFirst) {
  TimedDevice device({.takes = 100});
  ClosedLoop loop({.operations = 3, .nanoseconds = 950}, device);
  loop.run();
  EXPECT_EQ(loop.counts().operations, 3u);
}

TEST(ClosedLoop, WaitsForWhatIsUnderWayOutsideOfTheThroughput) {
  TimedDevice device({.takes = 100});
  ClosedLoop loop({.depth = 4, .operations = 10}, device);
  loop.run();
  EXPECT_EQ(device.under_way(), 0u);
  EXPECT_EQ(loop.counts(), (Counts{.operations = 10, .elapsed = 300}));
  EXPECT_EQ(loop.latency().count(), device.begun().size());
}

TEST(ClosedLoop, CountsWhatFailsApart) {
  TimedDevice device({.fails = 2});
  ClosedLoop loop({.operations = 10}, device);
  loop.run();
  EXPECT_EQ(loop.counts(), (Counts{.operations = 9, .errors = 1, .elapsed = 1000}));
  EXPECT_EQ(loop.latency().count(), 9u);
}

}  // namespace
}  // namespace vireo::agent
