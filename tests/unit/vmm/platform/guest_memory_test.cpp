#include "vmm/platform/guest_memory.h"

#include <gtest/gtest.h>

#include <array>

#include "vmm/platform/huge_pages.h"

namespace vireo::platform {
namespace {

using base::GuestAddress;
using base::GuestRange;

GuestMemory two_regions() {
  return GuestMemory({{*GuestRange::make(GuestAddress(0), 2 * base::kMiB), 0},
                      {*GuestRange::make(GuestAddress(4 * base::kGiB), 2 * base::kMiB), 2 * base::kMiB}},
                     {});
}

TEST(GuestMemory, KeepsWhatIsWritten) {
  const GuestMemory memory = two_regions();
  const std::array<uint8_t, 2> written{1, 2};
  std::array<uint8_t, 2> found{};
  ASSERT_TRUE(memory.write(GuestAddress(4 * base::kGiB + 5), written));
  ASSERT_TRUE(memory.read(GuestAddress(4 * base::kGiB + 5), found));
  EXPECT_EQ(found, written);
}

TEST(GuestMemory, RefusesAnAccessThatLeavesARegion) {
  const GuestMemory memory = two_regions();
  std::array<uint8_t, 2> data{};
  EXPECT_FALSE(memory.read(GuestAddress(2 * base::kMiB - 1), data));
}

TEST(GuestMemory, RefusesAnAccessThatWraps) {
  const GuestMemory memory = two_regions();
  EXPECT_FALSE(memory.host(GuestAddress(~uint64_t{0}), 2));
}

// No host has 16 TiB in pages of 1 GiB to spare.
TEST(GuestMemory, SaysHowManyHugePagesItLacks) {
  const uint64_t size = 16 * base::kTiB;
  try {
    const GuestMemory memory({{*GuestRange::make(GuestAddress(0), size), 0}}, {.page_size = base::kGiB});
    FAIL() << "no error";
  } catch (const base::SystemError& error) {
    EXPECT_EQ(error.help(), "reserve huge pages: " + grow_command(kHugePageFolder,
                                                                  pool_of(read_huge_pages(kHugePageFolder), base::kGiB),
                                                                  size / base::kGiB));
  }
}

TEST(GuestMemory, RefusesAHole) {
  EXPECT_FALSE(two_regions().host(GuestAddress(3 * base::kGiB), 1));
}

}  // namespace
}  // namespace vireo::platform
