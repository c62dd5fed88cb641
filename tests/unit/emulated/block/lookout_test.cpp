#include "emulated/block/lookout.h"

#include <gtest/gtest.h>

namespace vireo::emulated {
namespace {

// How many of so many requests somebody looked for, all of which are done in time, or none.
unsigned looks(Lookout& lookout, unsigned requests, bool done) {
  unsigned looks = 0;
  for (unsigned i = 0; i < requests; ++i) {
    if (!lookout.is_worth_it()) continue;
    ++looks;
    lookout.looked(done);
  }
  return looks;
}

TEST(Lookout, IsWorthItFromTheFirstOn) {
  Lookout lookout;
  EXPECT_EQ(looks(lookout, 100, true), 100u);
}

TEST(Lookout, IsWorthItAfterOneThatWasLate) {
  Lookout lookout;
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(looks(lookout, 1, false), 1u) << i;
    EXPECT_EQ(looks(lookout, 20, true), 20u) << i;
  }
}

TEST(Lookout, PausesAfterTwo) {
  Lookout lookout;
  EXPECT_EQ(looks(lookout, 2, false), 2u);
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(lookout.is_worth_it()) << i;
  EXPECT_TRUE(lookout.is_worth_it());
}

TEST(Lookout, CostsASlowMediumNextToNothing) {
  Lookout lookout;
  EXPECT_EQ(looks(lookout, 2048, false), 9u);  // 2, then after pauses of 8, 16, 32, 64, 128, 256, 512
  EXPECT_EQ(looks(lookout, 102'500, false), 100u);
}

TEST(Lookout, FindsThatAMediumHasBecomeFast) {
  Lookout lookout;
  looks(lookout, 10'000, false);
  EXPECT_GT(looks(lookout, 2048, true), 1000u);
  EXPECT_EQ(looks(lookout, 100, true), 100u);
}

}  // namespace
}  // namespace vireo::emulated
