#include "vmm/compare/chart.h"

#include <gmock/gmock.h>

#include "vmm/compare/chart_parts.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

using testing::AllOf;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pointwise;

TEST(Ticks, AreOneTwoOrFiveOfAPowerOfTen) {
  EXPECT_THAT(linear_ticks(4.2), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(linear_ticks(27'000), ElementsAre(0, 10'000, 20'000));
  EXPECT_THAT(linear_ticks(0), ElementsAre(0));
  EXPECT_THAT(logarithmic_ticks(40, 600), Pointwise(DoubleEq(), {50.0, 100.0, 200.0, 500.0}));
}

TEST(Ticks, AreFewerOverManyDecades) {
  EXPECT_THAT(logarithmic_ticks(10, 1e6), Pointwise(DoubleEq(), {1e1, 1e2, 1e3, 1e4, 1e5, 1e6}));
}

TEST(ShortNumber, LosesZerosAfterThePointOnly) {
  EXPECT_EQ(short_number("50.0 us"), "50 us");
  EXPECT_EQ(short_number("1.00"), "1");
  EXPECT_EQ(short_number("0.50 us"), "0.50 us");
  EXPECT_EQ(short_number("100 us"), "100 us");
}

TEST(CurveChart, HasACurveForEachPathAndItsName) {
  const std::string chart = curve_chart({.id = "c",
                                         .title = "t",
                                         .description = "d",
                                         .curves = {{.name = "a<b", .series = 0, .points = {{0, 10}, {4, 1000}}},
                                                    {.name = "c", .series = 7, .points = {{0, 10}, {9, 20}}}}});
  EXPECT_THAT(chart,
              AllOf(HasSubstr("<title>a&lt;b</title>\n<path class=\"curve s0\" d=\"M78 "),
                    HasSubstr("<path class=\"curve s1\""), HasSubstr(">1 us</text>"), HasSubstr(">99 %</text>")));
}

TEST(CurveChart, OfNoPointsIsNothing) {
  EXPECT_EQ(curve_chart({.curves = {{.name = "a"}}}), "");
}

TEST(CurveChart, ShowsALevelCurve) {
  EXPECT_THAT(curve_chart({.id = "c", .curves = {{.name = "a", .points = {{0, 0}, {4, 0}}}}}),
              AllOf(Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
}

BarChart bars() {
  return {.id = "b",
          .groups = {{.name = "depth 1",
                      .bars = {{.name = "vf", .segments = {{0, 1, "vf: 1"}, {1, 3, "vf: 3"}}, .value = "4"},
                               {.name = "nvme", .segments = {{1, -2, "nvme: -2"}}, .value = "-2"}}}},
          .legend = {"HLT", "a long name that has no room"},
          .tick_text = per_operation_text};
}

TEST(BarChart, HasBarsOfSegmentsThatFollowEachOther) {
  const std::string chart = bar_chart(bars());
  EXPECT_THAT(chart, AllOf(HasSubstr("<title>vf: 1</title>"), HasSubstr("<rect class=\"bar s0\" x=\"44.8\""),
                           HasSubstr("<rect class=\"bar s1\"")));
  EXPECT_THAT(chart, Not(HasSubstr("width=\"-")));
}

TEST(BarChart, OfZerosIsNoCrash) {
  BarChart chart = bars();
  chart.groups[0].bars = {{.name = "vf", .segments = {{0, 0, "x"}}, .value = "0"}};
  EXPECT_THAT(bar_chart(chart), AllOf(Not(HasSubstr("nan")), HasSubstr(">vf</text>")));
}

TEST(BarChart, OfNoBarsIsNothing) {
  EXPECT_EQ(bar_chart({}), "");
}

}  // namespace
}  // namespace vireo::compare
