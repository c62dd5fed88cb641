#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vfio/host/group.h"

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kOther = "0000:65:00.0";
const std::string kOurs = "0000:65:00.1";

HostFacts group_of(const std::string& driver, bool is_bridge = false) {
  HostFacts facts;
  facts.group_members = {{.address = kOther, .driver = driver, .is_bridge = is_bridge},
                         {.address = kOurs, .driver = "ixgbevf"}};
  return facts;
}

TEST(Group, NamesMemberWithItsDriver) {
  EXPECT_THAT(group_problems(group_of("ixgbe"), {kOurs}), ElementsAre("0000:65:00.0 is bound to ixgbe"));
}

TEST(Group, AllowsMembersThatTheGuestTakes) {
  EXPECT_THAT(group_problems(group_of("ixgbe"), {kOther, kOurs}), IsEmpty());
}

TEST(Group, AllowsMemberWithoutDriver) {
  EXPECT_THAT(group_problems(group_of(""), {kOurs}), IsEmpty());
}
TEST(Group, AllowsVfioPci) {
  EXPECT_THAT(group_problems(group_of("vfio-pci"), {kOurs}), IsEmpty());
}
TEST(Group, AllowsVariantOfVfioPci) {
  EXPECT_THAT(group_problems(group_of("mlx5_vfio_pci"), {kOurs}), IsEmpty());
}
TEST(Group, AllowsStub) {
  EXPECT_THAT(group_problems(group_of("pci-stub"), {kOurs}), IsEmpty());
}
TEST(Group, AllowsBridgeOnPortDriver) {
  EXPECT_THAT(group_problems(group_of("pcieport", true), {kOurs}), IsEmpty());
}

TEST(Group, NamesBridgeOnAnotherDriver) {
  EXPECT_THAT(group_problems(group_of("shpchp", true), {kOurs}), ElementsAre("0000:65:00.0 is bound to shpchp"));
}

}  // namespace
}  // namespace vireo::host
