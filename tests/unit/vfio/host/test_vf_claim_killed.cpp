// VFs whose makers were killed, or ended while others had them.
#include <array>
#include <functional>

#include "tests/unit/vfio/host/vf_fixture.h"

namespace vireo::host {
namespace {

using testing::Contains;

// The controller keeps for VF 1 what a claim gave it, and another one takes the VFs away.
class MakerOfVfsTest : public VfTest {
 protected:
  // `work` ends its process, so that no destructor gives anything back.
  static void die(const std::function<void()>& work) {
    const pid_t child = ::fork();
    if (child == 0) work();
    ::waitpid(child, nullptr, 0);
  }
  // The first claim begins with a VF of the NIC, the second one makes the controller's.
  void both_die() {
    die([this] {
      Claim first = new_claim("first");
      first.take_vf({.physical_function = "eth1", .create = 2});
      Claim second = new_claim("second");
      second.take_vf({.physical_function = "nvme0", .create = 2, .queues = 2});
      first.take_vf({.physical_function = "nvme0", .queues = 3});
      ::_exit(0);
    });
  }
};

TEST_F(MakerOfVfsTest, DiesBesideAnOlderClaim) {
  both_die();
  // The fake keeps in a process what the controller has.
  kernel.resources[{"/dev/nvme0", 1}] = {.online = true, .queues = 3, .namespaces = {1, 2}};
  for (const Restored& restored : restore(tree.root(), kernel)) EXPECT_EQ(restored.problem, "");
  EXPECT_EQ(kernel.resources.at({"/dev/nvme0", 1}).queues, 0u);
  EXPECT_TRUE(is_as_before(kController));
  EXPECT_TRUE(is_as_before(kNic));
}

TEST_F(MakerOfVfsTest, EndsAfterAnotherClaimDied) {
  Claim maker = new_claim("maker");
  maker.take_vf({.physical_function = "nvme0", .create = 2, .queues = 2});
  die([this] {
    Claim other = new_claim("other");
    other.take_vf({.physical_function = "nvme0", .queues = 3});
    ::_exit(0);
  });
  kernel.resources[{"/dev/nvme0", 1}] = {.online = true, .queues = 3, .namespaces = {1, 2}};
  maker.release();
  EXPECT_EQ(kernel.resources.at({"/dev/nvme0", 1}).queues, 0u);
  EXPECT_TRUE(is_as_before(kController));
}

// Somebody else took the VFs away.
TEST_F(MakerOfVfsTest, FindsThatItsVfsAreGone) {
  create_vfs("nvme0", 2, tree.root(), kernel);
  Claim claim = new_claim();
  claim.take_vf({.physical_function = "nvme0", .queues = 2});
  kernel.write(tree.root().sys() + "/bus/pci/devices/" + kController + "/sriov_numvfs", "0");
  claim.release();
  EXPECT_EQ(kernel.resources.at({"/dev/nvme0", 0}), (NvmeResources{.namespaces = {1, 2}}));
}

TEST_F(MakerOfVfsTest, DiesAndItsVfsAreGone) {
  create_vfs("nvme0", 2, tree.root(), kernel);
  die([this] {
    Claim claim = new_claim();
    claim.take_vf({.physical_function = "nvme0", .queues = 2});
    ::_exit(0);
  });
  kernel.resources[{"/dev/nvme0", 0}] = {.queues = 2};
  kernel.write(tree.root().sys() + "/bus/pci/devices/" + kController + "/sriov_numvfs", "0");
  restore(tree.root(), kernel);
  EXPECT_EQ(kernel.resources.at({"/dev/nvme0", 0}), NvmeResources{});
}

// A dying process has given up the state lock, and still has the others.
TEST_F(MakerOfVfsTest, IsWaitedForWhileItDies) {
  create_vfs("nvme0", 1, tree.root(), kernel);
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Claim claim = new_claim("dying");
    claim.take_vf({.physical_function = "nvme0", .queues = 3});
    [[maybe_unused]] const ssize_t told = ::write(ready[1], "1", 1);
    ::usleep(300'000);  // closing a file may take long
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  // Flags with PF_EXITING, as the kernel shows them.
  tree.write("/proc/" + std::to_string(child) + "/stat", std::to_string(child) + " (vireo) R 1 1 1 0 -1 4194564 0 0\n");
  kernel.resources[{"/dev/nvme0", 0}] = {.queues = 3, .namespaces = {1, 2}};
  Claim next = new_claim("next");
  next.take_vf({.physical_function = "nvme0", .queues = 2});
  next.release();
  EXPECT_EQ(kernel.resources.at({"/dev/nvme0", 0}), (NvmeResources{.namespaces = {1, 2}}));
  ::waitpid(child, nullptr, 0);
}

// SIGKILL before each change of the host.
class KilledVfClaimTest : public VfTest, public testing::WithParamInterface<int> {};

TEST_P(KilledVfClaimTest, IsMendedByRestore) {
  const pid_t child = ::fork();
  if (child == 0) {
    kernel.killed_at = GetParam();
    Claim claim = new_claim();
    claim.take({{.address = claim.take_vf({.physical_function = "nvme0", .create = 2, .queues = 3})}});
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 137);
  for (const Restored& restored : restore(tree.root(), kernel)) EXPECT_EQ(restored.problem, "");
  EXPECT_TRUE(is_as_before(kController));
  EXPECT_THAT(tree.list("/run/vireo/claims"), testing::Not(Contains(testing::EndsWith(".json"))));
}

// Autoprobe, count, resources, override, probe.
INSTANTIATE_TEST_SUITE_P(Windows, KilledVfClaimTest, testing::Range(0, 5));

}  // namespace
}  // namespace vireo::host
