// What there is on a host, and what of it a guest can have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/inventory.h"
#include "vfio/host/state_folder.h"

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kDisk = "0000:00:04.0";
const std::string kNic = "0000:00:05.0";

class InventoryTest : public testing::Test {
 protected:
  InventoryTest() {
    tree_.device(kDisk);
    tree_.driver("vfio-pci");
    tree_.group(kDisk, 7);
  }
  InventoryEntry only() const {
    const auto entries = read_inventory(tree_.root());
    EXPECT_EQ(entries.size(), 1u);
    return entries.empty() ? InventoryEntry{} : entries.front();
  }
  // proc(5): as the kernel lists an flock(2) on a file of the tree's.
  std::string lock_of(const std::string& path) const {
    struct stat status {};
    ::stat(path.c_str(), &status);
    char text[128];
    std::snprintf(text, sizeof text, "1: FLOCK  ADVISORY  WRITE 77 %02x:%02x:%lu 0 EOF\n", major(status.st_dev),
                  minor(status.st_dev), status.st_ino);
    return text;
  }
  Tree tree_;
};

TEST_F(InventoryTest, ListsWhatAGuestCanHave) {
  const InventoryEntry entry = only();
  EXPECT_EQ(entry.facts.address, kDisk);
  EXPECT_FALSE(entry.facts.name.empty());
  EXPECT_EQ(entry.parent, "");
  EXPECT_EQ(entry.holder, "");
  EXPECT_THAT(entry.obstacles, IsEmpty());
}

TEST_F(InventoryTest, HasAPathThatStays) {
  EXPECT_EQ(only().pci_path, "0000:00/04.0");
}

TEST_F(InventoryTest, NamesTheCulpritOfItsGroup) {
  tree_.device(kNic);
  tree_.driver("ixgbe");
  tree_.bind(kNic, "ixgbe");
  tree_.group(kNic, 7);
  EXPECT_THAT(read_inventory(tree_.root()).front().obstacles,
              ElementsAre("of its IOMMU group " + kNic + " is bound to ixgbe"));
}

TEST_F(InventoryTest, SaysThatNoIommuCoversIt) {
  tree_.remove("/sys/devices/pci0000:00/" + kDisk + "/iommu_group");
  EXPECT_THAT(only().obstacles, ElementsAre("no IOMMU covers it"));
}

TEST_F(InventoryTest, NamesTheGuestThatHasIt) {
  make_state_folders(tree_.root());
  const std::string lock = device_lock_path(tree_.root(), kDisk);
  tree_.write(lock.substr(tree_.root().prefix.size()), "guest web1, pid 77");
  EXPECT_EQ(only().holder, "");  // one that has ended leaves its file
  tree_.write("/proc/locks", lock_of(lock));
  EXPECT_EQ(only().holder, "guest web1, pid 77");
  EXPECT_THAT(only().obstacles, ElementsAre("in use by guest web1, pid 77"));
}

TEST_F(InventoryTest, NamesAnotherProgramThatHasIt) {
  tree_.bind(kDisk, "vfio-pci");
  tree_.write("/proc/77/comm", "qemu-system-x86\n");
  tree_.link("/proc/77/fd/9", "/dev/vfio/7");
  EXPECT_EQ(only().holder, "qemu-system-x86, pid 77");
}

// proc(5): a process gives itself any name; a line end in it would begin another line of ours.
TEST_F(InventoryTest, NamesAnotherProgramByWhatIsPrintable) {
  tree_.bind(kDisk, "vfio-pci");
  tree_.write("/proc/77/comm", "a\nb\x1b\xe9\n");
  tree_.link("/proc/77/fd/9", "/dev/vfio/7");
  EXPECT_EQ(only().holder, "a?b??, pid 77");
}

TEST_F(InventoryTest, ReadsTheNode) {
  EXPECT_EQ(only().facts.numa_node, std::nullopt);
  tree_.write("/sys/devices/pci0000:00/" + kDisk + "/numa_node", "1\n");
  EXPECT_EQ(only().facts.numa_node, 1u);
  tree_.write("/sys/devices/pci0000:00/" + kDisk + "/numa_node", "-1\n");
  EXPECT_EQ(only().facts.numa_node, std::nullopt);
}

TEST(Obstacles, AreBridges) {
  EXPECT_THAT(find_obstacles({.address = kDisk, .class_code = 0x060400}, ""), ElementsAre("it is a bridge"));
}

TEST(Obstacles, AreUsesThatTheHostNeeds) {
  HostFacts facts{.address = kDisk, .group = 7};
  facts.uses = {{.what = "/dev/nvme0n1 is mounted on /", .blocking = true}, {.what = "bound to nvme"}};
  EXPECT_THAT(find_obstacles(facts, ""), ElementsAre("/dev/nvme0n1 is mounted on /"));
}

}  // namespace
}  // namespace vireo::host
