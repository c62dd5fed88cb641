#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/facts.h"

namespace vireo::host {

bool operator==(const DeviceUse& a, const DeviceUse& b) {
  return a.what == b.what && a.blocking == b.blocking;
}
void PrintTo(const DeviceUse& use, std::ostream* out) {
  *out << use.what << (use.blocking ? " (blocking)" : "");
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kNic = "0000:00:03.0";
const std::string kDisk = "0000:00:04.0";
const std::string kUpFlags = "0x1003";
const std::string kRouteHeader =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

void add_nic(const Tree& tree, const std::string& flags = kUpFlags) {
  tree.device(kNic);
  tree.bind(kNic, "e1000e");
  tree.interface(kNic, "eth0", flags);
}

void add_disk(const Tree& tree) {
  tree.device(kDisk);
  tree.bind(kDisk, "nvme");
  tree.block(kDisk, "nvme0n1", "259:0");
  tree.block(kDisk, "nvme0n1p1", "259:1");
}

std::vector<DeviceUse> uses(const Tree& tree, const std::string& address) {
  return read_facts(address, tree.root()).uses;
}

TEST(Uses, HasNoneWithoutDriver) {
  Tree tree;
  tree.device(kNic);
  EXPECT_THAT(uses(tree, kNic), IsEmpty());
}

TEST(Uses, HasNoneOnVfioPci) {
  Tree tree;
  tree.device(kNic);
  tree.bind(kNic, "vfio-pci");
  EXPECT_THAT(uses(tree, kNic), IsEmpty());
}

TEST(Uses, NamesIdleDriverWithoutBlocking) {
  Tree tree;
  tree.device(kNic);
  tree.bind(kNic, "e1000e");
  EXPECT_THAT(uses(tree, kNic), ElementsAre(DeviceUse{"bound to e1000e", false}));
}

TEST(Uses, BlocksInterfaceWithDefaultRoute) {
  Tree tree;
  add_nic(tree);
  tree.write("/proc/net/route", kRouteHeader + "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  EXPECT_THAT(uses(tree, kNic), ElementsAre(DeviceUse{"network interface eth0 has the default route", true},
                                            DeviceUse{"bound to e1000e", false}));
}

TEST(Uses, BlocksInterfaceWithDefaultRouteOfIpv6) {
  Tree tree;
  add_nic(tree);
  tree.write("/proc/net/ipv6_route",
             "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
             "fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n");
  EXPECT_THAT(uses(tree, kNic), testing::Contains(DeviceUse{"network interface eth0 has the default route", true}));
}

TEST(Uses, IgnoresRouteThatRejects) {
  Tree tree;
  add_nic(tree);
  tree.write("/proc/net/ipv6_route",
             "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
             "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200     eth0\n");
  EXPECT_THAT(uses(tree, kNic), testing::Contains(DeviceUse{"network interface eth0", false}));
}

TEST(Uses, BlocksInterfaceBelowBridgeWithDefaultRoute) {
  Tree tree;
  add_nic(tree);
  tree.link("/sys/devices/pci0000:00/" + kNic + "/net/eth0/upper_br0", "../../../../virtual/net/br0");
  tree.write("/proc/net/route", kRouteHeader + "br0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  EXPECT_THAT(uses(tree, kNic),
              testing::Contains(DeviceUse{"network interface eth0 (below br0) has the default route", true}));
}

TEST(Uses, NamesInterfaceWithAddressWithoutBlocking) {
  Tree tree;
  add_nic(tree);
  tree.write("/proc/net/route", kRouteHeader + "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
  EXPECT_THAT(uses(tree, kNic), testing::Contains(DeviceUse{"network interface eth0 is up with an address", false}));
}

TEST(Uses, IgnoresDefaultRouteOfAnotherInterface) {
  Tree tree;
  add_nic(tree, "0x1002");
  tree.write("/proc/net/route", kRouteHeader + "eth1\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  EXPECT_THAT(uses(tree, kNic), testing::Contains(DeviceUse{"network interface eth0", false}));
}

TEST(Uses, BlocksMountedPartition) {
  Tree tree;
  add_disk(tree);
  tree.write("/proc/self/mountinfo", "40 27 259:1 / /srv/my\\040data rw shared:1 - ext4 /dev/nvme0n1p1 rw\n");
  EXPECT_THAT(uses(tree, kDisk), ElementsAre(DeviceUse{"/dev/nvme0n1p1 is mounted on /srv/my data", true},
                                             DeviceUse{"bound to nvme", false}));
}

// btrfs mounts have an anonymous device number.
TEST(Uses, BlocksMountThatIsKnownByItsSourceOnly) {
  Tree tree;
  add_disk(tree);
  tree.write("/proc/self/mountinfo", "40 27 0:45 / /srv rw - btrfs /dev/nvme0n1 rw\n");
  EXPECT_THAT(uses(tree, kDisk), testing::Contains(DeviceUse{"/dev/nvme0n1 is mounted on /srv", true}));
}

TEST(Uses, BlocksSwap) {
  Tree tree;
  add_disk(tree);
  tree.write("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/nvme0n1p1 partition\t1\t0\t-2\n");
  EXPECT_THAT(uses(tree, kDisk), testing::Contains(DeviceUse{"/dev/nvme0n1p1 is used as swap", true}));
}

TEST(Uses, BlocksLogicalVolumeThatIsMounted) {
  Tree tree;
  add_disk(tree);
  tree.folder("/sys/devices/pci0000:00/" + kDisk + "/block/nvme0n1p1/holders/dm-0");
  tree.write("/sys/devices/virtual/block/dm-0/dev", "253:0\n");
  tree.write("/sys/devices/virtual/block/dm-0/dm/name", "vg-root\n");
  tree.link("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
  tree.write("/proc/self/mountinfo", "27 1 0:33 / / rw - btrfs /dev/mapper/vg-root rw\n");
  EXPECT_THAT(uses(tree, kDisk),
              testing::Contains(DeviceUse{"/dev/nvme0n1p1 is part of /dev/dm-0, which is mounted on /", true}));
}

TEST(Uses, NamesArrayThatIsNotMountedWithoutBlocking) {
  Tree tree;
  add_disk(tree);
  tree.folder("/sys/devices/pci0000:00/" + kDisk + "/block/nvme0n1/holders/md0");
  EXPECT_THAT(uses(tree, kDisk), testing::Contains(DeviceUse{"/dev/nvme0n1 is part of /dev/md0", false}));
}

TEST(Uses, NamesMountOfArrayOnceForItsTwoPartitions) {
  Tree tree;
  add_disk(tree);
  tree.folder("/sys/devices/pci0000:00/" + kDisk + "/block/nvme0n1/holders/md0");
  tree.folder("/sys/devices/pci0000:00/" + kDisk + "/block/nvme0n1p1/holders/md0");
  tree.write("/sys/class/block/md0/dev", "9:0\n");
  tree.write("/proc/self/mountinfo", "27 1 9:0 / / rw - ext4 /dev/md0 rw\n");
  EXPECT_THAT(uses(tree, kDisk),
              ElementsAre(DeviceUse{"/dev/nvme0n1 is part of /dev/md0, which is mounted on /", true},
                          DeviceUse{"/dev/nvme0n1p1 is part of /dev/md0", false}, DeviceUse{"bound to nvme", false}));
}

TEST(Uses, IgnoresMountOfAnotherDisk) {
  Tree tree;
  add_disk(tree);
  tree.write("/proc/self/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\nnonsense\n");
  EXPECT_THAT(uses(tree, kDisk), ElementsAre(DeviceUse{"bound to nvme", false}));
}

// drivers/nvme/host/multipath.c: the mounted disk is nvme0n1, and each controller has a hidden nvme0c<controller>n1.
void add_shared_namespace(const Tree& tree) {
  tree.device(kDisk);
  tree.bind(kDisk, "nvme");
  tree.block(kDisk, "nvme0c0n1", "259:5");
  tree.write("/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/dev", "259:0\n");
  tree.link("/sys/class/block/nvme0n1", "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
  tree.write("/proc/self/mountinfo", "27 1 259:0 / /srv rw - ext4 /dev/nvme0n1 rw\n");
}

TEST(Uses, BlocksLastWayToSharedNamespace) {
  Tree tree;
  add_shared_namespace(tree);
  EXPECT_THAT(uses(tree, kDisk), testing::Contains(DeviceUse{"/dev/nvme0n1 is mounted on /srv", true}));
}

TEST(Uses, NamesOneOfTwoWaysToSharedNamespaceWithoutBlocking) {
  Tree tree;
  add_shared_namespace(tree);
  tree.device("0000:00:04.1");
  tree.block("0000:00:04.1", "nvme0c1n1", "259:6");
  EXPECT_THAT(uses(tree, kDisk), testing::Contains(DeviceUse{
                                     "/dev/nvme0n1 (which another controller serves too) is mounted on /srv", false}));
}

TEST(Uses, BlocksPhysicalFunctionWithVfs) {
  Tree tree;
  tree.write(tree.device(kNic) + "sriov_numvfs", "4\n");
  EXPECT_THAT(uses(tree, kNic), ElementsAre(DeviceUse{"has 4 VFs enabled", true}));
}

TEST(Uses, DoesNotBlockVfForItsPhysicalFunctionsUses) {
  Tree tree;
  add_nic(tree);
  tree.write("/proc/net/route", kRouteHeader + "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  tree.link(tree.device("0000:00:03.1") + "physfn", "../" + kNic);
  tree.bind("0000:00:03.1", "igbvf");
  EXPECT_THAT(uses(tree, "0000:00:03.1"), ElementsAre(DeviceUse{"bound to igbvf", false}));
}

}  // namespace
}  // namespace vireo::host
