// What a claim writes beside bindings, and puts back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/claim_fixture.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Claims that give their devices another way of reset.
class AttributeClaimTest : public ClaimTest {
 protected:
  AttributeClaimTest() {
    tree.write("/sys/bus/pci/devices/" + kFirst + "/reset_method", "flr bus\n");
    attributes = {{"reset_method", "bus"}};
  }
  std::string method() const {
    return base::read_text(tree.root().sys() + "/bus/pci/devices/" + kFirst + "/reset_method");
  }
};

TEST_F(AttributeClaimTest, WritesTheAttributeAndPutsItBack) {
  Claim held = claim({kFirst});
  EXPECT_EQ(method(), "bus");
  held.release();
  EXPECT_EQ(method(), "flr bus");
  EXPECT_EQ(tree.bound(kFirst), "nvme");
}

TEST_F(AttributeClaimTest, LeavesWhatSomebodyElseWroteMeanwhile) {
  Claim held = claim({kFirst});
  tree.write("/sys/bus/pci/devices/" + kFirst + "/reset_method", "flr\n");
  held.release();
  EXPECT_EQ(method(), "flr");
}

class AttributeDeathTest : public AttributeClaimTest, public testing::WithParamInterface<int> {};

TEST_P(AttributeDeathTest, IsPutBackAfterADeathAtAnyWrite) {
  claim_killed_at(GetParam(), {kFirst});
  restore_all();
  EXPECT_EQ(method(), "flr bus");
  EXPECT_EQ(tree.bound(kFirst), "nvme");
}

INSTANTIATE_TEST_SUITE_P(Writes, AttributeDeathTest, testing::Range(0, 5));

TEST_F(AttributeClaimTest, GivesTheDeviceBackWhenTheKernelRefuses) {
  kernel.refused = "reset_method";
  kernel.refusal = EINVAL;
  EXPECT_THAT(refusal({kFirst}), HasSubstr("reset_method"));
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_THAT(journals(), IsEmpty());
}

}  // namespace
}  // namespace vireo::host
