// The intervals against distributions whose ratio is known. Everything random here is seeded: a run is like the last.
#include "vmm/compare/statistics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "vmm/compare/rounds.h"

namespace vireo::compare {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::Ge;
using testing::Le;

// Latencies around 50 us, and what disturbs a whole round alike on every path.
struct Law {
  double shift = 1;        // the true ratio
  double spread = 0.1;     // of single operations, as a part
  double unrest = 0;       // of a path in a round
  double disturbance = 0;  // of a round, on all paths
};

struct Plan {
  size_t rounds = 5;
  size_t samples = 2000;
  double share = 0.5;
  bool interleaved = true;
};

class Experiment {
 public:
  explicit Experiment(uint64_t seed) : random_(seed) {}

  std::optional<Ratio> measure(const Law& law, const Plan& plan) {
    std::vector<Window> first;
    std::vector<Window> second;
    for (size_t round = 0; round < plan.rounds; ++round) {
      const double level = 50000 * std::exp(law.disturbance * normal_(random_));
      first.push_back(window(level, law, plan.samples));
      second.push_back(window(level * law.shift, law, plan.samples));
    }
    const Rounds of(pointers(second));
    const Rounds to(pointers(first));
    const Statistic ours = [&](const Weights& weights) { return of.quantile(plan.share, weights); };
    const Statistic theirs = [&](const Weights& weights) { return to.quantile(plan.share, weights); };
    return plan.interleaved ? paired_ratio(ours, theirs, plan.rounds)
                            : independent_ratio({plan.rounds, ours}, {plan.rounds, theirs});
  }

 private:
  Window window(double level, const Law& law, size_t samples) {
    Window made;
    level *= std::exp(law.unrest * normal_(random_));
    for (size_t i = 0; i < samples; ++i)
      made.latency.add(static_cast<uint64_t>(level * std::exp(law.spread * normal_(random_))));
    made.operations = samples;
    return made;
  }
  static std::vector<const Window*> pointers(const std::vector<Window>& windows) {
    std::vector<const Window*> list;
    for (const Window& window : windows) list.push_back(&window);
    return list;
  }

  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
};

constexpr int kExperiments = 400;

// How many of a hundred experiments `holds` of.
template <typename Holds>
double percent(const Law& law, const Plan& plan, Holds holds) {
  int found = 0;
  for (int i = 0; i < kExperiments; ++i) found += holds(*Experiment(1000 + i).measure(law, plan)) ? 1 : 0;
  return 100.0 * found / kExperiments;
}

double coverage(const Law& law, const Plan& plan) {
  return percent(law, plan, [&](const Ratio& ratio) {
    return ratio.interval->low <= law.shift && law.shift <= ratio.interval->high;
  });
}

double verdicts(const Law& law, const Plan& plan) {
  return percent(law, plan, [](const Ratio& ratio) { return ratio.differs(); });
}

TEST(Bootstrap, CoversTheTrueRatioOfMedians) {
  EXPECT_THAT(coverage({.shift = 1.3}, {.samples = 500}), AllOf(Ge(90), Le(98)));
}

TEST(Bootstrap, CoversItWhereRoundsDiffer) {
  EXPECT_THAT(coverage({.shift = 0.4, .unrest = 0.05}, {.samples = 200}), AllOf(Ge(90), Le(98)));
}

TEST(Bootstrap, CoversItWhereRoundsAreDisturbedAsAWhole) {
  EXPECT_THAT(coverage({.shift = 2, .unrest = 0.02, .disturbance = 0.1}, {.samples = 200}), AllOf(Ge(90), Le(98)));
}

TEST(Bootstrap, CoversItWithFewRounds) {
  EXPECT_THAT(coverage({.shift = 1.3, .unrest = 0.05}, {.rounds = 3, .samples = 200}), AllOf(Ge(90), Le(98)));
}

TEST(Bootstrap, CoversItWithManyRounds) {
  EXPECT_THAT(coverage({.shift = 1.3, .unrest = 0.05}, {.rounds = 15, .samples = 100}), AllOf(Ge(90), Le(98)));
}

TEST(Bootstrap, CoversTheTrueRatioOfAHighQuantile) {
  EXPECT_THAT(coverage({.shift = 1.3, .spread = 0.4}, {.samples = 500, .share = 0.99}), AllOf(Ge(90), Le(98)));
}

// Of two runs it is as sure as one of them alone would be.
TEST(Bootstrap, CoversTheTrueRatioOfSeparateRuns) {
  EXPECT_THAT(coverage({.shift = 1.3, .unrest = 0.05}, {.samples = 200, .interleaved = false}), AllOf(Ge(90), Le(99)));
  EXPECT_LE(verdicts({.unrest = 0.02}, {.samples = 200, .interleaved = false}), 6);
}

TEST(Bootstrap, SeldomFindsADifferenceWhereThereIsNone) {
  EXPECT_LE(verdicts({}, {.samples = 500}), 6);
  EXPECT_LE(verdicts({.unrest = 0.05}, {.samples = 200}), 6);
  EXPECT_LE(verdicts({.spread = 0.4}, {.samples = 500, .share = 0.99}), 6);
}

TEST(Bootstrap, FindsAShiftOfFivePercent) {
  EXPECT_GE(verdicts({.shift = 1.05}, {}), 99);
}

double sum(const Weights& weights, const std::vector<double>& values) {
  double total = 0;
  for (size_t i = 0; i < weights.size(); ++i) total += weights[i] * values[i];
  return total;
}

Statistic of(std::vector<double> values) {
  return [values = std::move(values)](const Weights& weights) { return sum(weights, values); };
}

TEST(Ratio, OfWhatDoesNotVaryIsKnownExactly) {
  const auto ratio = paired_ratio(of({3, 3, 3}), of({4, 4, 4}), 3);
  EXPECT_EQ(ratio, (Ratio{.value = 0.75, .interval = Interval{0.75, 0.75}}));
  EXPECT_TRUE(ratio->differs());
}

// What disturbs both paths in a round is in no ratio of them.
TEST(Ratio, OfInterleavedRoundsForgetsWhatDisturbedBoth) {
  const auto ratio = paired_ratio(of({2, 20, 200}), of({1, 10, 100}), 3);
  EXPECT_DOUBLE_EQ(ratio->interval->low, 2);
  EXPECT_DOUBLE_EQ(ratio->interval->high, 2);
}

TEST(Ratio, OfSeparateRunsKeepsIt) {
  const auto ratio = independent_ratio({3, of({2, 20, 200})}, {3, of({1, 10, 100})});
  EXPECT_LT(ratio->interval->low, 0.5);
  EXPECT_GT(ratio->interval->high, 8);
}

TEST(Ratio, HasNoIntervalWithTwoRounds) {
  const auto ratio = paired_ratio(of({2, 2}), of({1, 1}), 2);
  EXPECT_EQ(ratio->value, 2);
  EXPECT_FALSE(ratio->interval.has_value());
  EXPECT_FALSE(ratio->differs());
}

TEST(Ratio, IsNothingToNothing) {
  EXPECT_FALSE(paired_ratio(of({1, 1, 1}), of({0, 0, 0}), 3).has_value());
  EXPECT_FALSE(paired_ratio(of({}), of({}), 0).has_value());
}

TEST(Ratio, OfNothingIsZeroWithoutAnInterval) {
  EXPECT_EQ(paired_ratio(of({0, 0, 0}), of({1, 1, 1}), 3), Ratio{});
}

TEST(Ratio, IsTheSameEachTime) {
  EXPECT_EQ(paired_ratio(of({1, 2, 3}), of({3, 2, 2}), 3), paired_ratio(of({1, 2, 3}), of({3, 2, 2}), 3));
}

TEST(Ratio, HasAnInverse) {
  const Ratio inverse = Ratio{.value = 4, .interval = Interval{2, 8}}.inverse();
  EXPECT_EQ(inverse, (Ratio{.value = 0.25, .interval = Interval{0.125, 0.5}}));
}

TEST(CountRatio, IsOfCountsPerOperation) {
  const auto ratio = count_ratio({.events = 20400, .operations = 10000}, {.events = 5100, .operations = 5000});
  EXPECT_THAT(ratio->value, DoubleNear(2, 0.001));
  EXPECT_TRUE(ratio->differs());
}

TEST(CountRatio, IsUnsureOfFewEvents) {
  EXPECT_FALSE(count_ratio({.events = 3, .operations = 1000}, {.events = 0, .operations = 1000})->differs());
  EXPECT_TRUE(count_ratio({.events = 1000, .operations = 1000}, {.events = 0, .operations = 1000})->differs());
}

TEST(CountRatio, OfNeverToNeverIsOne) {
  EXPECT_EQ(count_ratio({.operations = 10}, {.operations = 10}), (Ratio{.value = 1, .interval = Interval{1, 1}}));
  EXPECT_FALSE(count_ratio({.events = 1}, {.events = 1, .operations = 10}).has_value());
}

}  // namespace
}  // namespace vireo::compare
