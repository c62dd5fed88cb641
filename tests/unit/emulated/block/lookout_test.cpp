#include "emulated/block/lookout.h"

#include <gtest/gtest.h>

namespace vireo::emulated {
namespace {

using std::chrono::microseconds;

TEST(Lookout, IsWorthItAfterEightThatWereDoneSoon) {
  Lookout lookout;
  for (int i = 0; i < 8; ++i) {
    EXPECT_FALSE(lookout.is_worth_it()) << i;
    lookout.done_after(microseconds(31));
  }
  EXPECT_TRUE(lookout.is_worth_it());
  lookout.done_after(microseconds(31));
  EXPECT_TRUE(lookout.is_worth_it());
}

TEST(Lookout, IsNotAfterOneThatTookLonger) {
  Lookout lookout;
  for (int i = 0; i < 20; ++i) lookout.done_after(microseconds(1));
  lookout.done_after(microseconds(32));
  EXPECT_FALSE(lookout.is_worth_it());
  lookout.done_after(microseconds(1));
  EXPECT_FALSE(lookout.is_worth_it());
}

}  // namespace
}  // namespace vireo::emulated
