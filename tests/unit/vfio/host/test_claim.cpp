#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/vfio/host/fake_kernel.h"
#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/claim.h"
#include "vfio/host/file_lock.h"
#include "vfio/host/state_folder.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kFirst = "0000:01:00.1";
const std::string kSecond = "0000:01:00.2";

// Two NVMe VFs on nvme, vfio-pci loaded, an IOMMU.
class ClaimTest : public testing::Test {
 protected:
  ClaimTest() : kernel(tree) {
    tree.driver("vfio-pci");
    add(kFirst, 1);
    add(kSecond, 2);
  }

  void add(const std::string& address, unsigned group) {
    tree.device(address);
    tree.group(address, group);
    tree.bind(address, "nvme");
    kernel.natural[address] = "nvme";
  }

  Claim claim(const std::vector<std::string>& addresses) {
    std::vector<HostFacts> facts(addresses.size());
    std::transform(addresses.begin(), addresses.end(), facts.begin(),
                   [](const std::string& address) { return HostFacts{.address = address}; });
    return Claim(facts, "web", tree.root(), kernel);
  }

  std::string refusal(const std::vector<std::string>& addresses) {
    try {
      claim(addresses);
    } catch (const base::Error& error) {
      return std::string(error.what()) + "; help: " + error.help();
    }
    return "no error";
  }

  // Do something in a process that is killed instead of its nth write to sysfs; return what it exited with.
  template <typename Work>
  int killed_at(int write, const Work& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      kernel.killed_at = write;
      work();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  }

  int claim_killed_at(int write, const std::vector<std::string>& addresses) {
    return killed_at(write, [&] {
      const Claim held = claim(addresses);  // NOLINT(clang-analyzer-deadcode.DeadStores)
      ::_exit(0);
    });
  }

  int restore_killed_at(int write) {
    return killed_at(write, [&] { restore_all(); });
  }

  std::vector<std::string> journals() const { return tree.list("/run/vireo/claims"); }
  std::vector<Restored> restore_all() { return restore(tree.root(), kernel); }

  Tree tree;
  FakeKernel kernel;
};

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
