#include "vmm/plan_memory.h"

#include <gtest/gtest.h>

#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

using base::kGiB;
using base::kMiB;

base::IovaRange iova(uint64_t start, uint64_t last) {
  return *base::IovaRange::make(base::Iova(start), last - start + 1);
}

TEST(RamLayout, SplitsAroundThePciHole) {
  const auto ram = lay_out_ram(5 * kGiB, 2 * kMiB, {});
  ASSERT_EQ(ram.size(), 2u);
  EXPECT_EQ(ram[0].range.size(), 2 * kGiB);
  EXPECT_EQ(ram[1].range.start(), platform::kHighRamStart);
  EXPECT_EQ(ram[1].offset, 2 * kGiB);
}

TEST(RamLayout, StepsOverWhatTheIommuReserves) {
  const auto ram = lay_out_ram(8 * kGiB, 2 * kMiB, {iova(6 * kGiB, 6 * kGiB + 0xfff)});
  ASSERT_EQ(ram.size(), 3u);
  EXPECT_EQ(ram[1].range.size(), 2 * kGiB);
  EXPECT_EQ(ram[2].range.start().value(), 6 * kGiB + 2 * kMiB);
  EXPECT_EQ(ram[2].range.size(), 4 * kGiB);
}

// What is left before a hole may be less than one aligned piece.
TEST(RamLayout, GoesOnBehindAHoleThatLeavesTooLittleBeforeIt) {
  const auto ram = lay_out_ram(8 * kGiB, kGiB, {iova(4 * kGiB + 4096, 4 * kGiB + 8191)});
  ASSERT_EQ(ram.size(), 2u);
  EXPECT_EQ(ram[1].range.start().value(), 5 * kGiB);
  EXPECT_EQ(ram[1].range.size(), 6 * kGiB);
}

TEST(RamLayout, EndsAtAHoleThatReachesTheTop) {
  const auto ram = lay_out_ram(8 * kGiB, 2 * kMiB, {iova(4 * kGiB, ~uint64_t{0})});
  ASSERT_EQ(ram.size(), 1u);
  EXPECT_EQ(ram[0].range.size(), 2 * kGiB);
}

// AMD's HyperTransport hole lies just below 1 TiB.
TEST(RamLayout, StepsOverTheHoleBelow1TiB) {
  const uint64_t hole = 0xfd'0000'0000;
  const auto ram = lay_out_ram(1024 * kGiB, kGiB, {iova(hole, 0xff'ffff'ffff)});
  ASSERT_EQ(ram.size(), 3u);
  EXPECT_EQ(ram[1].range.last().value(), hole - 1);
  EXPECT_EQ(ram[2].range.start().value(), 0x100'0000'0000u);
}

}  // namespace
}  // namespace vireo
