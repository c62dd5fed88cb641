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

TEST_F(ClaimTest, LetsADeviceGoThatTheHostTook) {
  Claim held = claim({kFirst, kSecond});
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/driver");
  held.let_go(kFirst);
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
  EXPECT_TRUE(FileLock::try_take(device_lock_path(tree.root(), kFirst)).has_value());
  held.release();
  EXPECT_EQ(tree.bound(kFirst), "");
  EXPECT_EQ(tree.bound(kSecond), "nvme");
}

TEST_F(ClaimTest, BindsToVfioPci) {
  const Claim held = claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

// Documentation/ABI/testing/sysfs-bus-pci, driver_override: set it, unbind, probe.
TEST_F(ClaimTest, OverridesBeforeItUnbinds) {
  const Claim held = claim({kFirst});
  EXPECT_THAT(kernel.history, ElementsAre("devices/0000:01:00.1/driver_override <- vfio-pci",
                                          "drivers/nvme/unbind <- 0000:01:00.1", "drivers_probe <- 0000:01:00.1"));
}

TEST_F(ClaimTest, ReturnsDeviceToItsDriver) {
  claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
}

TEST_F(ClaimTest, LeavesNoJournal) {
  claim({kFirst, kSecond});
  EXPECT_THAT(journals(), IsEmpty());
}

TEST_F(ClaimTest, KeepsJournalWhileItLives) {
  const Claim held = claim({kFirst});
  EXPECT_THAT(journals(), ElementsAre(testing::EndsWith(".json"), testing::EndsWith(".lock")));
}

TEST_F(ClaimTest, ReturnsDevicesInReverse) {
  Claim held = claim({kFirst, kSecond});
  kernel.history.clear();
  held.release();
  EXPECT_EQ(kernel.history.at(1), "drivers/vfio-pci/unbind <- " + kSecond);
}

TEST_F(ClaimTest, ReleasesOnce) {
  Claim held = claim({kFirst});
  held.release();
  kernel.history.clear();
  held.release();
  EXPECT_THAT(kernel.history, IsEmpty());
}

TEST_F(ClaimTest, MovesWithItsDevices) {
  Claim held = claim({kFirst});
  const Claim other = std::move(held);
  held.release();  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(ClaimTest, ReleasesWhatItHeldWhenAssigned) {
  Claim held = claim({kFirst});
  held = claim({kSecond});
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.bound(kSecond), "vfio-pci");
}

TEST_F(ClaimTest, ReturnsDeviceWithoutDriverToNone) {
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/driver");
  claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
}

TEST_F(ClaimTest, ReturnsOverride) {
  tree.write("/sys/devices/pci0000:00/" + kFirst + "/driver_override", "nvme\n");
  claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "nvme\n");
}

// A VF whose PF has sriov_drivers_autoprobe=0 goes back only by an override: pci_device_can_probe().
TEST_F(ClaimTest, ReturnsDeviceThatNoDriverTakesByItself) {
  kernel.natural.erase(kFirst);
  claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
}

TEST_F(ClaimTest, LeavesDeviceThatWasOnVfioPci) {
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/driver");
  tree.bind(kFirst, "vfio-pci");
  claim({kFirst});
  EXPECT_THAT(kernel.history, IsEmpty());
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(ClaimTest, LeavesDeviceThatOthersMovedSince) {
  Claim held = claim({kFirst});
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/driver");
  tree.bind(kFirst, "uio_pci_generic");
  tree.write("/sys/devices/pci0000:00/" + kFirst + "/driver_override", "uio_pci_generic\n");
  held.release();
  EXPECT_EQ(tree.bound(kFirst), "uio_pci_generic");
  EXPECT_EQ(tree.driver_override(kFirst), "uio_pci_generic\n");
}

TEST_F(ClaimTest, KeepsJournalOfDeviceThatCouldNotBeReturned) {
  Claim held = claim({kFirst, kSecond});
  kernel.refused = "vfio-pci/unbind";
  kernel.refusal = EBUSY;
  held.release();
  EXPECT_THAT(journals(), ElementsAre(testing::EndsWith(".json"), testing::EndsWith(".lock")));
}

TEST_F(ClaimTest, ReturnsLaterWhatCouldNotBeReturned) {
  Claim held = claim({kFirst});
  kernel.refused = "vfio-pci/unbind";
  kernel.refusal = EBUSY;
  held.release();
  kernel.refused.clear();
  restore_all();
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_THAT(journals(), IsEmpty());
}

TEST_F(ClaimTest, RefusesDeviceOfAnotherGuest) {
  const Claim held = claim({kFirst});
  EXPECT_THAT(refusal({kFirst}),
              HasSubstr("0000:01:00.1: in use by guest \"web\" (vireo, pid " + std::to_string(::getpid()) + ")"));
}

TEST_F(ClaimTest, TakesNothingWhenOneDeviceIsInUse) {
  const Claim held = claim({kSecond});
  kernel.history.clear();
  refusal({kFirst, kSecond});
  EXPECT_THAT(kernel.history, IsEmpty());
}

TEST_F(ClaimTest, LeavesHolderAloneWhenItRefuses) {
  const Claim held = claim({kFirst});
  refusal({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(ClaimTest, TakesDeviceAgainAfterRelease) {
  claim({kFirst});
  const Claim held = claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(ClaimTest, RefusesDeviceThatIsGone) {
  tree.remove("/sys/bus/pci/devices/" + kSecond);
  EXPECT_THAT(refusal({kSecond}), HasSubstr("0000:01:00.2: gone from the host"));
}

TEST_F(ClaimTest, ReturnsFirstDeviceWhenSecondFails) {
  tree.remove("/sys/bus/pci/devices/" + kSecond);
  refusal({kFirst, kSecond});
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_THAT(journals(), IsEmpty());
}

// What is loaded takes its time; a device may go meanwhile.
TEST_F(ClaimTest, LosesNothingWhenADeviceGoesWhileItIsTaken) {
  tree.remove("/sys/bus/pci/drivers/vfio-pci");
  kernel.on_load = [this](const std::string& name) {
    tree.remove("/sys/bus/pci/devices/" + kSecond);
    tree.remove("/sys/devices/pci0000:00/" + kSecond);
    tree.driver(name);
    return 0;
  };
  EXPECT_THAT(refusal({kSecond, kFirst}), HasSubstr("0000:01:00.2: gone from the host since it was looked at"));
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_THAT(journals(), IsEmpty());
}

TEST_F(ClaimTest, TakesDevicesBesideJournalsThatSayNothing) {
  tree.write("/run/vireo/claims/7-1.json", "{\"version\": 1, \"steps\": [{\"kin");
  tree.write("/run/vireo/claims/8-1.json", to_text({.boot = "another",
                                                    .pid = 8,
                                                    .guest = "old",
                                                    .steps = {DriverStep{.device = kSecond, .target = "vfio-pci"}}}));
  claim({kFirst}).release();
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_THAT(journals(), ElementsAre("7-1.json", "7-1.lock"));
}

TEST_F(ClaimTest, LoadsVfioPciWhereItIsNotThere) {
  tree.remove("/sys/bus/pci/drivers/vfio-pci");
  kernel.on_load = [this](const std::string& name) {
    tree.driver(name);
    return 0;
  };
  const Claim held = claim({kFirst});
  EXPECT_EQ(kernel.history.front(), "modprobe vfio-pci");
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(ClaimTest, RefusesWithoutVfioPci) {
  tree.remove("/sys/bus/pci/drivers/vfio-pci");
  EXPECT_THAT(refusal({kFirst}), HasSubstr("modprobe vfio-pci did not help (status 1); help: modprobe vfio-pci"));
  EXPECT_EQ(tree.bound(kFirst), "nvme");
}

TEST_F(ClaimTest, SaysThatVfioPciRefusedTheDevice) {
  kernel.broken_drivers = {"vfio-pci"};
  EXPECT_THAT(refusal({kFirst}), HasSubstr("0000:01:00.1: bound to no driver after it was offered to vfio-pci, which "
                                           "refused it; help: what the kernel says: dmesg"));
}

TEST_F(ClaimTest, ReturnsDeviceThatVfioPciRefused) {
  kernel.broken_drivers = {"vfio-pci"};
  refusal({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
}

TEST_F(ClaimTest, SaysThatThereIsNoIommu) {
  kernel.broken_drivers = {"vfio-pci"};
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/iommu_group");
  EXPECT_THAT(refusal({kFirst}), HasSubstr("no IOMMU covers it"));
}

TEST_F(ClaimTest, NamesDeviceWhenOverrideIsRefused) {
  kernel.refused = "driver_override";
  kernel.refusal = EACCES;
  EXPECT_THAT(refusal({kFirst}), testing::AllOf(HasSubstr("0000:01:00.1: cannot write"), HasSubstr("EACCES"),
                                                HasSubstr("help: changing a device's driver needs root")));
}

TEST_F(ClaimTest, ReturnsOverrideWhenUnbindIsRefused) {
  kernel.refused = "nvme/unbind";
  kernel.refusal = EBUSY;
  EXPECT_THAT(refusal({kFirst}), HasSubstr("EBUSY"));
  EXPECT_EQ(tree.bound(kFirst), "nvme");
  EXPECT_EQ(tree.driver_override(kFirst), "(null)\n");
}

TEST_F(ClaimTest, KeepsJournalWhenNeitherProbeNorReturnWorks) {
  kernel.refused = "drivers_probe";
  kernel.refusal = EINVAL;
  EXPECT_THAT(refusal({kFirst}), HasSubstr("EINVAL"));
  EXPECT_THAT(journals(), ElementsAre(testing::EndsWith(".json"), testing::EndsWith(".lock")));
}

TEST_F(ClaimTest, RefusesWhenNothingCanBeRecorded) {
  tree.remove("/run");
  tree.write("/run", "a file, not a folder");
  EXPECT_THAT(refusal({kFirst}), HasSubstr("/run/vireo: ENOTDIR"));
  EXPECT_THAT(kernel.history, IsEmpty());
}

// A user who owns the group of a device on vfio-pci needs no root.
TEST_F(ClaimTest, AllowsDeviceOnVfioPciWhereNothingCanBeRecorded) {
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/driver");
  tree.bind(kFirst, "vfio-pci");
  tree.remove("/run");
  tree.write("/run", "a file, not a folder");
  EXPECT_EQ(refusal({kFirst}), "no error");
}

TEST_F(ClaimTest, RefusesLinkThatIsDangling) {
  tree.remove("/sys/devices/pci0000:00/" + kFirst);
  EXPECT_THAT(refusal({kFirst}), HasSubstr("gone from the host"));
}

}  // namespace
}  // namespace vireo::host
