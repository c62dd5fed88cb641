#include "vmm/compare/agent/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vireo::agent {
namespace {

using testing::SizeIs;

Histogram of(std::initializer_list<uint64_t> values) {
  Histogram histogram;
  for (const uint64_t value : values) histogram.add(value);
  return histogram;
}

// Both ends of the range, and each power of two's first and last bucket.
class HistogramValueTest : public testing::TestWithParam<uint64_t> {};

TEST_P(HistogramValueTest, IsInABucketThatIsAtMostEightPerThousandWide) {
  const Histogram histogram = of({GetParam()});
  ASSERT_THAT(histogram.buckets(), SizeIs(1));
  const Histogram::Bucket bucket = histogram.buckets().front();
  EXPECT_LE(bucket.from, GetParam());
  EXPECT_GE(bucket.to, GetParam());
  EXPECT_LE(static_cast<double>(bucket.to - bucket.from), 0.008 * static_cast<double>(bucket.from));
}

INSTANTIATE_TEST_SUITE_P(Values, HistogramValueTest,
                         testing::Values(0, 1, 127, 128, 255, 256, 257, 511, 512, 1000, 65535, 65536, 123456789,
                                         0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff));

TEST(Histogram, BucketsFollowEachOtherWithoutGaps) {
  Histogram histogram;
  for (uint64_t value = 0; value < 5000; ++value) histogram.add(value);
  uint64_t next = 0;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    EXPECT_EQ(bucket.from, next);
    next = bucket.to + 1;
  }
  EXPECT_GE(next, 5000u);
}

TEST(Histogram, QuantileIsTheValueThatTheShareDoesNotExceed) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 100; ++value) histogram.add(value);
  EXPECT_EQ(histogram.quantile(0), 1u);
  EXPECT_EQ(histogram.quantile(0.5), 50u);
  EXPECT_EQ(histogram.quantile(0.99), 99u);
  EXPECT_EQ(histogram.quantile(1), 100u);
}

TEST(Histogram, QuantileIsNeverAboveTheMaximum) {
  EXPECT_EQ(of({1'000'001}).quantile(0.999), 1'000'001u);
}

TEST(Histogram, OfNothingIsZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0u);
  EXPECT_EQ(histogram.maximum(), 0u);
  EXPECT_EQ(histogram.mean(), 0);
}

TEST(Histogram, MeanIsWithinABucket) {
  EXPECT_NEAR(of({10'000, 20'000, 60'000}).mean(), 30'000, 300);
}

TEST(Histogram, SumIsThatOfBoth) {
  Histogram sum = of({5, 1000});
  sum.add(of({7, 2'000'000}));
  EXPECT_EQ(sum, of({2'000'000, 7, 1000, 5}));
}

TEST(Histogram, ComesBackFromItsText) {
  const Histogram histogram = of({0, 5, 5, 255, 256, 70'000, 0xffffffffffffffff});
  EXPECT_EQ(Histogram::parse(histogram.text()), histogram);
  EXPECT_EQ(Histogram::parse(Histogram().text()), Histogram());
}

class HistogramTextTest : public testing::TestWithParam<const char*> {};
TEST_P(HistogramTextTest, IsRefused) {
  EXPECT_EQ(Histogram::parse(GetParam()), std::nullopt);
}
INSTANTIATE_TEST_SUITE_P(Bad, HistogramTextTest,
                         testing::Values("", "5", "5:1", "5:1 max:", "max:3", "x:1 max:5", "5:-1 max:5", "5:1 max:900",
                                         "99999999:1 max:5", "5:1 max:5 6:1", "5:1  max:5"));

}  // namespace
}  // namespace vireo::agent
