// What a claim writes beside bindings, and puts back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/claim_fixture.h"
#include "vfio/host/device_taking.h"
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

// Claims that keep their devices from suspending themselves.
class PowerClaimTest : public ClaimTest {
 protected:
  PowerClaimTest() {
    tree.write(kControl, "auto\n");
    power = "on";
  }
  std::string control() const { return tree.read(kControl); }
  const std::string kControl = "/sys/bus/pci/devices/" + kFirst + "/power/control";
};

TEST_F(PowerClaimTest, HoldsTheDeviceWhateverItsDriverSays) {
  const Claim held = claim({kFirst});
  EXPECT_EQ(control(), "on\n");
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(PowerClaimTest, PutsItBack) {
  claim({kFirst}).release();
  EXPECT_EQ(control(), "auto\n");
}

// vfio-pci leaves "on" behind.
TEST_F(PowerClaimTest, PutsBackWhatWasNotAskedFor) {
  power.clear();
  claim({kFirst}).release();
  EXPECT_EQ(control(), "auto\n");
}

TEST_F(PowerClaimTest, LeavesOnWhatWasOn) {
  tree.write(kControl, "on\n");
  power.clear();
  claim({kFirst}).release();
  EXPECT_EQ(control(), "on\n");
}

// To be on vfio-pci is not all that was asked for.
TEST_F(PowerClaimTest, IsRootsWhereItIsToChange) {
  const std::string control = "/sys/bus/pci/devices/" + kSecond + "/power/control";
  tree.remove("/sys/devices/pci0000:00/" + kSecond + "/driver");
  tree.bind(kSecond, "vfio-pci");
  tree.write(control, "auto\n");
  Binder binder(tree.root(), kernel);
  const DeviceTaking taking(tree.root(), binder, [](const Step&) {});
  EXPECT_FALSE(taking.is_done({.address = kSecond, .power = "on"}));
  EXPECT_TRUE(taking.is_done({.address = kSecond, .power = "auto"}));
  const Claim held = claim({kSecond});
  EXPECT_EQ(tree.read(control), "on\n");
}

class PowerDeathTest : public PowerClaimTest, public testing::WithParamInterface<int> {};

TEST_P(PowerDeathTest, IsPutBackAfterADeathAtAnyWrite) {
  claim_killed_at(GetParam(), {kFirst});
  restore_all();
  EXPECT_EQ(control(), "auto\n");
  EXPECT_EQ(tree.bound(kFirst), "nvme");
}

INSTANTIATE_TEST_SUITE_P(Writes, PowerDeathTest, testing::Range(0, 7));

}  // namespace
}  // namespace vireo::host
