#include "vfio/bar_layout.h"

#include <gtest/gtest.h>

namespace vireo::vfio {
namespace {

using testing::Test;

bool same(const std::vector<MappableArea>& areas, const std::vector<MappableArea>& expected) {
  return std::equal(areas.begin(), areas.end(), expected.begin(), expected.end(),
                    [](const auto& a, const auto& b) { return a.offset == b.offset && a.size == b.size; });
}

TEST(BarLayout, IsTheWholeBarWithoutATable) {
  EXPECT_TRUE(same(direct_areas(0x4000, {{0, 0x4000}}, {}), {{0, 0x4000}}));
}

TEST(BarLayout, LeavesTheTablesPageOut) {
  EXPECT_TRUE(same(direct_areas(0x4000, {{0, 0x4000}}, {{0x2010, 0x40}}), {{0, 0x2000}, {0x3000, 0x1000}}));
}

TEST(BarLayout, LeavesBothPagesOfAStraddlingTableOut) {
  EXPECT_TRUE(same(direct_areas(0x4000, {{0, 0x4000}}, {{0x0ff0, 0x20}}), {{0x2000, 0x2000}}));
}

TEST(BarLayout, MergesAreasThatTouch) {
  EXPECT_TRUE(same(direct_areas(0x4000, {{0x1000, 0x1000}, {0x2000, 0x1000}}, {}), {{0x1000, 0x2000}}));
}

TEST(BarLayout, ClipsToTheBar) {
  EXPECT_TRUE(same(direct_areas(0x2000, {{0x1000, ~uint64_t{0}}}, {}), {{0x1000, 0x1000}}));
}

TEST(BarLayout, IsNothingForABarSmallerThanAPage) {
  EXPECT_TRUE(direct_areas(0x100, {{0, 0x100}}, {}).empty());
}

TEST(BarLayout, SurvivesATableOutsideTheBar) {
  EXPECT_TRUE(same(direct_areas(0x1000, {{0, 0x1000}}, {{~uint64_t{0}, 16}}), {{0, 0x1000}}));
}

}  // namespace
}  // namespace vireo::vfio
