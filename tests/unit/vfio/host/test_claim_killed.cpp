// Claims whose process dies, and what mends them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/claim_fixture.h"

namespace vireo::host {
namespace {

using testing::IsEmpty;

// SIGKILL in each window of the claim of one device, then of its second device.
class KilledClaimTest : public ClaimTest, public testing::WithParamInterface<int> {};

TEST_P(KilledClaimTest, IsMendedByRestore) {
  ASSERT_EQ(claim_killed_at(GetParam(), {kFirst, kSecond}), 137);
  restore_all();
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.bound(kSecond), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
  EXPECT_EQ(tree.driver_override(kSecond), "(null)\n");
  EXPECT_THAT(journals(), IsEmpty());
}

TEST_P(KilledClaimTest, IsMendedByTheNextClaim) {
  ASSERT_EQ(claim_killed_at(GetParam(), {kFirst, kSecond}), 137);
  claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.bound(kSecond), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
  EXPECT_EQ(tree.driver_override(kSecond), "(null)\n");
}

// 0: recorded, nothing done. 1: overridden, still bound. 2: unbound, not probed. 3: done; 3 to 5 for the second.
INSTANTIATE_TEST_SUITE_P(Windows, KilledClaimTest, testing::Range(0, 6));

// SIGKILL between the writes of restore() itself, after a claim that got to its end.
class KilledRestoreTest : public ClaimTest, public testing::WithParamInterface<int> {};

TEST_P(KilledRestoreTest, IsMendedByTheNextRestore) {
  ASSERT_EQ(claim_killed_at(5, {kFirst, kSecond}), 137);
  restore_killed_at(GetParam());
  restore_all();
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.bound(kSecond), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
  EXPECT_EQ(tree.driver_override(kSecond), "(null)\n");
  EXPECT_THAT(journals(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Windows, KilledRestoreTest, testing::Range(0, 7));

TEST_F(ClaimTest, KilledAfterAllIsDoneIsMended) {
  ASSERT_EQ(claim_killed_at(6, {kFirst, kSecond}), 0);
  ASSERT_EQ(tree.bound(kSecond), "vfio-pci");
  const std::vector<Restored> restored = restore_all();
  ASSERT_EQ(restored.size(), 2u);
  EXPECT_EQ(restored[0].address, kSecond);
  EXPECT_EQ(restored[0].driver, "nvme");
  EXPECT_EQ(restored[0].problem, "");
}

}  // namespace
}  // namespace vireo::host
