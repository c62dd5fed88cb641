#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/vfio/host/claim_fixture.h"
#include "vfio/host/file_lock.h"
#include "vfio/host/state_folder.h"

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using RestoreTest = ClaimTest;

TEST_F(RestoreTest, DoesNothingOnFreshHost) {
  EXPECT_THAT(restore_all(), IsEmpty());
  EXPECT_THAT(tree.list("/run"), IsEmpty());
}

TEST_F(RestoreTest, LeavesLiveClaimsAlone) {
  const Claim held = claim({kFirst});
  EXPECT_THAT(restore_all(), IsEmpty());
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(RestoreTest, DoesNothingTheSecondTime) {
  claim_killed_at(3, {kFirst, kSecond});
  restore_all();
  EXPECT_THAT(restore_all(), IsEmpty());
}

TEST_F(RestoreTest, RemovesJournalOfAnotherBoot) {
  claim_killed_at(3, {kFirst, kSecond});
  tree.write("/proc/sys/kernel/random/boot_id", "99999999-2222-3333-4444-555555555555\n");
  EXPECT_THAT(restore_all(), IsEmpty());
  EXPECT_THAT(journals(), IsEmpty());
}

TEST_F(RestoreTest, ReportsAndSkipsTruncatedJournal) {
  tree.write("/run/vireo/claims/1-1.json", "{\"version\": 1, \"steps\": [");
  const std::vector<Restored> restored = restore_all();
  ASSERT_EQ(restored.size(), 1u);
  EXPECT_THAT(restored[0].problem, HasSubstr("claims/1-1.json is skipped: it is cut short"));
}

TEST_F(RestoreTest, UndoesOthersBesideTruncatedJournal) {
  claim_killed_at(3, {kFirst, kSecond});
  tree.write("/run/vireo/claims/1-1.json", "garbage");
  restore_all();
  EXPECT_EQ(tree.bound(kFirst), "nvme");
}

TEST_F(RestoreTest, IgnoresJournalThatWasNeverRenamed) {
  tree.write("/run/vireo/claims/1-1.new", "{\"version");
  EXPECT_THAT(restore_all(), IsEmpty());
}

TEST_F(RestoreTest, ReportsDeviceThatIsGoneAndForgetsIt) {
  claim_killed_at(3, {kFirst, kSecond});
  tree.remove("/sys/bus/pci/devices/" + kFirst);
  EXPECT_THAT(restore_all().back().problem, HasSubstr("no longer on this host"));
  EXPECT_THAT(journals(), IsEmpty());
}

TEST_F(RestoreTest, ReportsDriverThatIsNotLoaded) {
  claim_killed_at(3, {kFirst, kSecond});
  tree.remove("/sys/bus/pci/drivers/nvme");
  EXPECT_THAT(restore_all().back().problem, HasSubstr("offered to nvme, which is not loaded (help: modprobe nvme)"));
}

TEST_F(RestoreTest, KeepsJournalForDriverThatIsNotLoaded) {
  claim_killed_at(3, {kFirst, kSecond});
  tree.remove("/sys/bus/pci/drivers/nvme");
  restore_all();
  tree.driver("nvme");
  restore_all();
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_THAT(journals(), IsEmpty());
}

// The first journal is still there when the second claim begins, because its driver was not.
TEST_F(RestoreTest, UndoesTheNewestJournalFirst) {
  claim_killed_at(6, {kFirst});
  tree.remove("/sys/bus/pci/drivers/nvme");
  claim_killed_at(6, {kSecond});
  tree.driver("nvme");
  const std::vector<Restored> restored = restore_all();
  ASSERT_EQ(restored.size(), 2u);
  EXPECT_EQ(restored[0].address, kSecond);
  EXPECT_EQ(restored[1].address, kFirst);
}

TEST_F(RestoreTest, UndoesTwoJournalsOfOneDevice) {
  claim_killed_at(6, {kFirst});
  tree.remove("/sys/bus/pci/drivers/nvme");
  claim_killed_at(6, {kFirst});
  tree.driver("nvme");
  restore_all();
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
  EXPECT_THAT(journals(), IsEmpty());
}

TEST_F(RestoreTest, LeavesDeviceThatAnotherClaimHas) {
  claim_killed_at(6, {kFirst});
  const auto lock = FileLock::try_take(device_lock_path(tree.root(), kFirst));
  lock->describe("guest \"db\"");
  EXPECT_EQ(restore_all().back().problem, "held by guest \"db\": left for later");
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(RestoreTest, ReturnsOverrideOfDeviceThatGotNoDriver) {
  claim_killed_at(2, {kFirst});
  kernel.broken_drivers = {"nvme"};
  EXPECT_THAT(restore_all().back().problem, HasSubstr("offered to nvme, which refused it"));
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
}

// vfio-pci's unbind waits for the last user: vfio_unregister_group_dev().
TEST_F(RestoreTest, LeavesDeviceThatAnotherProgramHasOpen) {
  claim_killed_at(6, {kFirst, kSecond});
  tree.write("/proc/77/comm", "qemu-system-x86\n");
  tree.link("/proc/77/fd/5", "/dev/vfio/1");
  EXPECT_EQ(restore_all().back().problem, "open in qemu-system-x86, pid 77: left for later");
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(RestoreTest, FindsHolderOfDevicesOwnNode) {
  claim_killed_at(6, {kFirst, kSecond});
  tree.folder("/sys/devices/pci0000:00/" + kFirst + "/vfio-dev/vfio0");
  tree.write("/proc/77/comm", "crosvm\n");
  tree.link("/proc/77/fd/5", "/dev/vfio/devices/vfio0");
  EXPECT_EQ(restore_all().back().problem, "open in crosvm, pid 77: left for later");
}

}  // namespace
}  // namespace vireo::host
