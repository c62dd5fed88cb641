#include "vmm/compare/start_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vireo::compare {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(StartCost, IsOfAWindowWithOneOperation) {
  const agent::Order order =
      start_only({.depth = 32, .rate = 500, .nanoseconds = 1'000'000, .warm_up = 200, .seed = 3});
  EXPECT_EQ(order, (agent::Order{.operations = 1, .warm_up = 200, .seed = 3}));
}

TEST(StartCost, IsTakenOffTimes) {
  Window window{.elapsed = 100, .vmm_cpu = 50, .vcpu_cpu = 40, .polling = 1, .host_cpu = 70};
  take_off(window, {.elapsed = 9, .vmm_cpu = 10, .vcpu_cpu = 5, .polling = 3, .host_cpu = 20});
  EXPECT_EQ(window, (Window{.elapsed = 100, .vmm_cpu = 40, .vcpu_cpu = 35, .host_cpu = 50}));
}

TEST(StartCost, IsTakenOffCounts) {
  Events events{.operations = 101, .exits = {{"CPUID", 30}, {"HLT", 100}}, .calls = {{"read", 5}}};
  take_off(events, {.operations = 1, .exits = {{"CPUID", 30}, {"MSR", 7}}, .calls = {{"read", 6}}});
  EXPECT_EQ(events.operations, 100u);
  EXPECT_THAT(events.exits, ElementsAre(Pair("HLT", 100)));
  EXPECT_THAT(events.calls, IsEmpty());
}

}  // namespace
}  // namespace vireo::compare
