#include "vmm/compare/rounds.h"

#include <gmock/gmock.h>

namespace vireo::compare {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Window window(unsigned round, std::initializer_list<uint64_t> latencies) {
  Window made{.round = round, .operations = latencies.size(), .elapsed = 1000 * latencies.size()};
  for (const uint64_t latency : latencies) made.latency.add(latency);
  return made;
}

TEST(Rounds, HaveTheQuantilesOfTheirMergedHistograms) {
  const Window first = window(0, {10, 20, 30});
  const Window second = window(1, {40, 50});
  const Rounds rounds({&first, &second});
  EXPECT_EQ(rounds.quantile(0.5, rounds.all()), 30);
  EXPECT_EQ(rounds.quantile(0.6, rounds.all()), 30);
  EXPECT_EQ(rounds.quantile(0.61, rounds.all()), 40);
  EXPECT_EQ(rounds.quantile(0, rounds.all()), 10);
  EXPECT_EQ(rounds.quantile(1, rounds.all()), 50);
}

TEST(Rounds, AreWeighted) {
  const Window first = window(0, {10, 20, 30});
  const Window second = window(1, {40, 50});
  const Rounds rounds({&first, &second});
  EXPECT_EQ(rounds.quantile(0.5, {0, 2}), 40);
  EXPECT_EQ(rounds.quantile(1, {2, 0}), 30);
  EXPECT_EQ(rounds.quantile(0.5, {1, 3}), 40);
}

// A bucket of 65536 and above is 512 wide.
TEST(Rounds, InterpolateInABucket) {
  Window wide = window(0, {});
  wide.latency.add(65536, 100);
  wide.latency.add(65536 + 511);
  const Rounds rounds({&wide});
  EXPECT_NEAR(rounds.quantile(0.25, rounds.all()), 65536 + 511 * 0.25, 3);
  EXPECT_NEAR(rounds.quantile(0.75, rounds.all()), 65536 + 511 * 0.75, 3);
}

TEST(Rounds, ExceedNoMaximum) {
  const Window wide = window(0, {70000});
  EXPECT_EQ(Rounds({&wide}).quantile(1, {1}), 70000);
}

TEST(Rounds, HaveTheMeanOfWhatIsNotLonger) {
  const Window first = window(0, {10, 20, 90});
  const Window second = window(1, {12});
  const Rounds rounds({&first, &second});
  EXPECT_DOUBLE_EQ(rounds.mean_up_to(60), 14);
  EXPECT_DOUBLE_EQ(rounds.mean_up_to(90), 33);
  EXPECT_DOUBLE_EQ(rounds.mean_up_to(5), 0);
}

TEST(Rounds, SumOperationsAndTimes) {
  Window first{.operations = 100, .elapsed = 1'000'000, .vmm_cpu = 5000};
  Window second{.operations = 300, .elapsed = 1'000'000, .vmm_cpu = 3000};
  const Rounds rounds({&first, &second});
  EXPECT_DOUBLE_EQ(rounds.throughput(rounds.all()), 200'000);
  EXPECT_DOUBLE_EQ(rounds.throughput({2, 0}), 100'000);
  EXPECT_DOUBLE_EQ(rounds.per_operation(&Window::vmm_cpu, rounds.all()), 20);
}

TEST(Rounds, OfNothingAreZero) {
  const Rounds rounds({});
  EXPECT_EQ(rounds.quantile(0.5, {}), 0);
  EXPECT_EQ(rounds.throughput({}), 0);
}

TEST(CommonWindows, AreThoseOfRoundsThatBothHave) {
  const CaseResult a{.windows = {window(0, {1}), window(1, {1}), window(2, {1})}};
  const CaseResult b{.windows = {window(2, {1}), window(1, {1}), window(3, {1})}};
  const auto [first, second] = common_windows(a, b);
  EXPECT_THAT(first, ElementsAre(&a.windows[1], &a.windows[2]));
  EXPECT_THAT(second, ElementsAre(&b.windows[1], &b.windows[0]));
}

TEST(CommonWindows, AreNotThoseInWhichNothingSucceeded) {
  const CaseResult failed{.windows = {window(0, {})}};
  EXPECT_THAT(windows_of(failed), IsEmpty());
}

}  // namespace
}  // namespace vireo::compare
