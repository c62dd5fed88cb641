#include "vfio/host/physical_function.h"

#include "tests/unit/vfio/host/vf_fixture.h"

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PhysicalFunctionTest : public VfTest {
 protected:
  PhysicalFunction find(const std::string& name) const { return find_physical_function(name, tree.root()); }
};

TEST_F(PhysicalFunctionTest, IsFoundByAddress) {
  EXPECT_EQ(find(kNic).name, kNic);
  EXPECT_EQ(find("02:00.0").name, kNic);
}

TEST_F(PhysicalFunctionTest, IsFoundByNetworkInterface) {
  const PhysicalFunction pf = find("eth1");
  EXPECT_EQ(pf.name, kNic);
  EXPECT_EQ(pf.interface, "eth1");
  EXPECT_EQ(pf.driver, "igb");
  EXPECT_EQ(pf.total_vfs, 4u);
}

TEST_F(PhysicalFunctionTest, IsFoundByNvmeController) {
  const PhysicalFunction pf = find("nvme0");
  EXPECT_EQ(pf.name, kController);
  EXPECT_EQ(pf.nvme_node, "/dev/nvme0");
}

TEST_F(PhysicalFunctionTest, IsNotOneOfTwoThatHaveTheName) {
  tree.interface(kNic, "nvme0", "0x1003");
  tree.link("/sys/devices/pci0000:00/" + kNic + "/net/nvme0/device", "../../../" + kNic);
  EXPECT_THAT(refusal([&] { find("nvme0"); }),
              HasSubstr("nvme0 is a network interface, of 0000:02:00.0, and an NVMe controller, of 0000:03:00.0; help: "
                        "name the PF by its address"));
}

TEST_F(PhysicalFunctionTest, HasItsVfsByIndex) {
  create_vfs("eth1", 2, tree.root(), kernel);
  EXPECT_THAT(find("eth1").vfs, ElementsAre(kNicVf, kSecondNicVf));
}

// netdevsim has a bus of its own.
TEST_F(PhysicalFunctionTest, MayBeOnNoPciBus) {
  tree.write("/sys/devices/netdevsim7/sriov_numvfs", "2\n");
  tree.write("/sys/devices/netdevsim7/net/eth3/flags", "0x1003\n");
  tree.link("/sys/class/net/eth3/device", "../../../devices/netdevsim7");
  EXPECT_EQ(find("eth3").name, "eth3");
  EXPECT_EQ(find(find("eth3").name).interface, "eth3");
}

TEST_F(PhysicalFunctionTest, IsMissed) {
  EXPECT_THAT(refusal([&] { find("eth7"); }), HasSubstr("there is no PF \"eth7\" on this host; help: name it by"));
}

TEST_F(PhysicalFunctionTest, IsNoPath) {
  EXPECT_THAT(refusal([&] { find("../net/eth1"); }), HasSubstr("there is no PF"));
}

TEST_F(PhysicalFunctionTest, HasSriov) {
  tree.device("0000:04:00.0");
  EXPECT_THAT(refusal([&] { find("0000:04:00.0"); }), HasSubstr("0000:04:00.0 has no SR-IOV"));
}

TEST_F(PhysicalFunctionTest, IsNoVf) {
  create_vfs("eth1", 1, tree.root(), kernel);
  EXPECT_THAT(refusal([&] { find(kNicVf); }), HasSubstr(kNicVf + " is a VF itself, of " + kNic));
}

TEST_F(PhysicalFunctionTest, VfThatIsOpenHasUser) {
  create_vfs("eth1", 1, tree.root(), kernel);
  tree.bind(kNicVf, "vfio-pci");
  tree.write("/proc/77/comm", "qemu");
  tree.link("/proc/77/fd/9", "/dev/vfio/40");
  EXPECT_EQ(vf_user(kNicVf, tree.root()), "in use by qemu, pid 77");
}

TEST_F(PhysicalFunctionTest, NamedVfMayHaveDriver) {
  create_vfs("eth1", 1, tree.root(), kernel);
  tree.bind(kNicVf, "igbvf");
  EXPECT_EQ(vf_user(kNicVf, tree.root()), "bound to igbvf");
  EXPECT_EQ(named_vf_user(kNicVf, tree.root()), "");
}

TEST_F(PhysicalFunctionTest, NamedVfMayNotBeWhatTheHostNeeds) {
  create_vfs("eth1", 1, tree.root(), kernel);
  tree.bind(kNicVf, "igbvf");
  tree.interface(kNicVf, "eth9", "0x1003");
  tree.write("/proc/net/route",
             "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
             "eth9 00000000 0102A8C0 0003 0 0 0 00000000 0 0 0\n");
  EXPECT_EQ(named_vf_user(kNicVf, tree.root()), "in use: network interface eth9 has the default route");
}

}  // namespace
}  // namespace vireo::host
