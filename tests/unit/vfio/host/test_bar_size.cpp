// Claims that give a device's BAR another size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/claim_fixture.h"
#include "vfio/host/binding.h"

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint64_t kMiB = 1 << 20;

class BarSizeTest : public ClaimTest {
 protected:
  BarSizeTest() {
    tree.write(folder + "/resource", "0x1000000000 0x100fffffff 0x0000000000140204\n");
    tree.write(folder + "/resource0_resize", "0000000000000f00\n");
    bar_sizes = {{0, 1024 * kMiB}};
  }
  uint64_t size() { return Binder(tree.root(), kernel).bar_size(kFirst, 0); }
  const std::string folder = "/sys/bus/pci/devices/" + kFirst;
};

TEST_F(BarSizeTest, IsSetWhileNoDriverHasTheDeviceAndPutBack) {
  EXPECT_EQ(size(), 256 * kMiB);
  Claim held = claim({kFirst});
  EXPECT_EQ(size(), 1024 * kMiB);
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
  held.release();
  EXPECT_EQ(size(), 256 * kMiB);
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
  EXPECT_THAT(journals(), IsEmpty());
}

TEST_F(BarSizeTest, IsSetForADeviceThatIsOnVfioAlready) {
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/driver");
  tree.bind(kFirst, "vfio-pci");
  Claim held = claim({kFirst});
  EXPECT_EQ(size(), 1024 * kMiB);
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
  held.release();
  EXPECT_EQ(size(), 256 * kMiB);
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(BarSizeTest, SaysWhereTheBridgesHaveNoRoom) {
  kernel.no_room = true;
  const std::string message = refusal({kFirst});
  EXPECT_THAT(message, HasSubstr("BAR 0 has 256 MiB after it was to have 1024 MiB"));
  EXPECT_THAT(message, HasSubstr("no room"));
  EXPECT_EQ(tree.bound(kFirst), "nvme");
}

// What an administrator made of the device meanwhile stays, and nothing is left to do.
TEST_F(BarSizeTest, StaysWhereSomebodyElseBoundTheDevice) {
  claim_killed_at(5, {kFirst});
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/driver");
  tree.driver("other");
  tree.bind(kFirst, "other");
  EXPECT_THAT(restore_all(), testing::Each(testing::Field(&Restored::problem, "")));
  EXPECT_EQ(tree.bound(kFirst), "other");
  EXPECT_EQ(size(), 1024 * kMiB);
  EXPECT_THAT(journals(), IsEmpty());
}

// A step that cannot be undone keeps those before it, so that a later restore still knows the first driver.
TEST_F(BarSizeTest, IsPutBackLaterWhereItsDriverDidNotLetGo) {
  Claim held = claim({kFirst});
  kernel.refused = "vfio-pci/unbind";
  kernel.refusal = EBUSY;
  held.release();
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
  kernel.refused.clear();
  restore_all();
  EXPECT_EQ(size(), 256 * kMiB);
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
}

TEST_F(BarSizeTest, LetsADeviceGoWithTheOverrideThatItHad) {
  tree.write(folder + "/driver_override", "mine\n");
  Claim held = claim({kFirst});
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/driver");
  held.let_go(kFirst);
  EXPECT_EQ(tree.driver_override(kFirst), "mine\n");
  held.release();
  EXPECT_EQ(size(), 256 * kMiB);
}

TEST_F(BarSizeTest, IsLeftWhereNoDriverHasTheDeviceAndTheSizeIsRight) {
  bar_sizes = {{0, 256 * kMiB}};
  const Claim held = claim({kFirst});
  EXPECT_THAT(kernel.history, testing::Not(testing::Contains(HasSubstr("resize"))));
}

class BarSizeDeathTest : public BarSizeTest, public testing::WithParamInterface<int> {};

TEST_P(BarSizeDeathTest, IsPutBackAfterADeathAtAnyWrite) {
  claim_killed_at(GetParam(), {kFirst});
  EXPECT_THAT(restore_all(), testing::Each(testing::Field(&Restored::problem, "")));
  EXPECT_EQ(size(), 256 * kMiB);
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
}

TEST_P(BarSizeDeathTest, TellsOfTheDeviceOnce) {
  claim_killed_at(GetParam(), {kFirst});
  EXPECT_THAT(restore_all(), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Writes, BarSizeDeathTest, testing::Range(0, 6));

}  // namespace
}  // namespace vireo::host
