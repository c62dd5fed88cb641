#include "vmm/compare/event_counter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace vireo::compare {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(EventCounter, SaysThatTheHostLetsNobodyTrace) {
  EventCounter counter(::getpid(), "/proc/self/no-tracing");
  counter.edge();
  counter.edge();
  const Events events = counter.events({.elapsed = 700}, 5);
  EXPECT_THAT(events.missing, HasSubstr("tracing is not to be had: mkdir /proc/self/no-tracing/instances"));
  EXPECT_THAT(events.exits, IsEmpty());
  EXPECT_EQ(events.operations, 5u);
  EXPECT_EQ(events.elapsed, 700u);
}

}  // namespace
}  // namespace vireo::compare
