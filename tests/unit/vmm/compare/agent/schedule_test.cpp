#include "vmm/compare/agent/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace vireo::agent {
namespace {

constexpr size_t kMany = 100'000;
constexpr uint64_t kRate = 1000;
constexpr double kMean = 1e6;

// The times between the moments.
std::vector<uint64_t> gaps(uint64_t seed) {
  Schedule schedule(kRate, seed);
  std::vector<uint64_t> all(kMany);
  std::ranges::generate(all, [&] { return schedule.next(); });
  std::adjacent_difference(all.begin(), all.end(), all.begin());
  return all;
}

// The share of gaps that are longer than so many means.
double longer(const std::vector<uint64_t>& gaps, double means) {
  const auto count =
      std::ranges::count_if(gaps, [&](uint64_t gap) { return static_cast<double>(gap) > means * kMean; });
  return static_cast<double>(count) / kMany;
}

TEST(Schedule, HasAsManyMomentsAsItsRateSays) {
  const auto all = gaps(1);
  EXPECT_NEAR(static_cast<double>(std::accumulate(all.begin(), all.end(), uint64_t{0})) / kMany, kMean, kMean / 100);
}

// Exponential: P(gap > x) = e^-(x / mean).
TEST(Schedule, HasGapsOfAnExponentialDistribution) {
  const auto all = gaps(1);
  EXPECT_NEAR(longer(all, 0.1), std::exp(-0.1), 0.01);
  EXPECT_NEAR(longer(all, 1), std::exp(-1), 0.01);
  EXPECT_NEAR(longer(all, 3), std::exp(-3), 0.005);
}

TEST(Schedule, NeverGoesBack) {
  EXPECT_THAT(gaps(2), testing::Each(testing::Lt(uint64_t{100'000'000})));
}

TEST(Schedule, IsTheSameForTheSameSeed) {
  EXPECT_EQ(gaps(3), gaps(3));
}

TEST(Schedule, IsAnotherForAnotherSeed) {
  EXPECT_NE(gaps(3), gaps(4));
}

}  // namespace
}  // namespace vireo::agent
