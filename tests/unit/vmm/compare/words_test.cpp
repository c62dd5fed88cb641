#include "vmm/compare/words.h"

#include <gmock/gmock.h>

namespace vireo::compare {
namespace {

TEST(Words, HaveThreeDigitsOfATime) {
  EXPECT_EQ(duration_text(0), "0");
  EXPECT_EQ(duration_text(85), "85 ns");
  EXPECT_EQ(duration_text(850), "0.85 us");
  EXPECT_EQ(duration_text(62'130), "62.1 us");
  EXPECT_EQ(duration_text(999'400), "999 us");
  EXPECT_EQ(duration_text(999'900), "1.00 ms");
  EXPECT_EQ(duration_text(12'345'678), "12.3 ms");
  EXPECT_EQ(duration_text(1.2e9), "1.20 s");
}

TEST(Words, HaveTheSignOfAChange) {
  EXPECT_EQ(change_text(500), "+0.50 us");
  EXPECT_EQ(change_text(-62'130), "-62.1 us");
}

TEST(Words, HaveRatesAndRatios) {
  EXPECT_EQ(rate_text(870.4), "870");
  EXPECT_EQ(rate_text(15'420), "15.4 k");
  EXPECT_EQ(rate_text(1'020'000), "1.02 M");
  EXPECT_EQ(ratio_text(0.314), "0.31");
  EXPECT_EQ(ratio_text(0.00412), "0.0041");
  EXPECT_EQ(ratio_text(196.4), "196");
  EXPECT_EQ(per_operation_text(1.021), "1.02");
  EXPECT_EQ(per_operation_text(0.0001), "<0.01");
  EXPECT_EQ(per_operation_text(0), "0.00");
}

TEST(Words, NameWorkloads) {
  EXPECT_EQ(workload_text({.depth = 4}), "depth 4");
  EXPECT_EQ(workload_text({.depth = 1, .percent = 60}), "60 % load");
}

TEST(Words, DoNotSteerATerminal) {
  EXPECT_EQ(printable("a\x1b[31m\nb\x7f\xc2\x9b"), "a?[31m?b??");
  EXPECT_EQ(printable("\xc2\xb5s"), "\xc2\xb5s");
}

}  // namespace
}  // namespace vireo::compare
