#include "vmm/compare/agent/blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace vireo::agent {
namespace {

using testing::ElementsAre;

std::vector<uint64_t> drawn(const Order& order) {
  Blocks blocks(order);
  std::vector<uint64_t> all(1000);
  std::ranges::generate(all, [&] { return blocks.next(); });
  return all;
}

TEST(Blocks, AreThoseOfTheRangeAndNoOther) {
  const auto all = drawn({.block = 4096, .first = 8192, .span = 3 * 4096});
  EXPECT_THAT(std::set(all.begin(), all.end()), ElementsAre(8192, 12288, 16384));
}

TEST(Blocks, AreWhole) {
  const auto all = drawn({.block = 4096, .first = 512, .span = 2 * 4096 + 4095});
  EXPECT_THAT(std::set(all.begin(), all.end()), ElementsAre(512, 4608));
}

TEST(Blocks, AreDrawnAboutAsOftenEach) {
  const auto all = drawn({.span = 4 * 4096, .seed = 9});
  EXPECT_NEAR(static_cast<double>(std::ranges::count(all, 4096u)), 250, 50);
}

TEST(Blocks, AreInTheSeedsOrder) {
  EXPECT_EQ(drawn({.span = 1 << 30, .seed = 9}), drawn({.span = 1 << 30, .seed = 9}));
  EXPECT_NE(drawn({.span = 1 << 30, .seed = 9}), drawn({.span = 1 << 30, .seed = 10}));
}

// 2^64 blocks times a random number needs more than 64 bits.
TEST(Blocks, ReachTheEndOfALargeMedium) {
  const auto all = drawn({.block = 512, .span = uint64_t{1} << 63});
  EXPECT_THAT(all, testing::Contains(testing::Gt(uint64_t{1} << 62)));
  EXPECT_THAT(all, testing::Each(testing::Lt(uint64_t{1} << 63)));
}

}  // namespace
}  // namespace vireo::agent
