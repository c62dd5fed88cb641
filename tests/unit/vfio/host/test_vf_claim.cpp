// VFs that a claim makes, chooses, sets up and gives back.
#include <cerrno>

#include "tests/unit/vfio/host/vf_fixture.h"

namespace vireo::host {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using VfClaimTest = VfTest;

TEST_F(VfClaimTest, MakesVfsWhereThereAreNone) {
  Claim claim = new_claim();
  EXPECT_EQ(claim.take_vf({.physical_function = "eth1", .create = 2}), kNicVf);
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "2\n");
}

TEST_F(VfClaimTest, KeepsTheHostsDriversFromNewVfs) {
  Claim claim = new_claim();
  claim.take_vf({.physical_function = kNic, .create = 2});
  EXPECT_THAT(kernel.history, ElementsAre("devices/" + kNic + "/sriov_drivers_autoprobe <- 0",
                                          "devices/" + kNic + "/sriov_numvfs <- 2"));
}

TEST_F(VfClaimTest, MakesNoneWhereThereAreSome) {
  create_vfs("eth1", 3, tree.root(), kernel);
  Claim claim = new_claim();
  claim.take_vf({.physical_function = "eth1", .create = 2});
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "3\n");
}

TEST_F(VfClaimTest, MakesNoneUnasked) {
  Claim claim = new_claim();
  EXPECT_THAT(refusal([&] { claim.take_vf({.physical_function = "eth1"}); }),
              HasSubstr(kNic + " has no VFs; help: vireo host vf create " + kNic + " 1"));
}

TEST_F(VfClaimTest, TakesItsVfsAway) {
  {
    Claim claim = new_claim();
    claim.take({{.address = claim.take_vf({.physical_function = "eth1", .create = 2})}});
    ASSERT_EQ(tree.bound(kNicVf), "vfio-pci");
  }
  EXPECT_TRUE(is_as_before(kNic));
  EXPECT_THAT(tree.list("/run/vireo/claims"), testing::Not(Contains(testing::EndsWith(".json"))));
}

TEST_F(VfClaimTest, LeavesVfsThatItDidNotMake) {
  create_vfs("eth1", 3, tree.root(), kernel);
  { new_claim().take_vf({.physical_function = "eth1", .create = 2}); }
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "3\n");
}

TEST_F(VfClaimTest, LeavesVfsThatAnotherGuestHas) {
  Claim other = new_claim("other");
  {
    Claim claim = new_claim();
    claim.take({{.address = claim.take_vf({.physical_function = "eth1", .create = 2})}});
    other.take({{.address = other.take_vf({.physical_function = "eth1"})}});
  }
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "2\n");
  EXPECT_EQ(tree.bound(kSecondNicVf), "vfio-pci");
}

TEST_F(VfClaimTest, LastOneTakesAwayWhatAnotherMade) {
  {
    Claim other = new_claim("other");
    Claim claim = new_claim();
    claim.take({{.address = claim.take_vf({.physical_function = "eth1", .create = 2})}});
    other.take({{.address = other.take_vf({.physical_function = "eth1"})}});
  }
  EXPECT_TRUE(is_as_before(kNic));
}

TEST_F(VfClaimTest, LeavesVfsThatTheHostHasTaken) {
  {
    Claim claim = new_claim();
    claim.take_vf({.physical_function = "eth1", .create = 2});
    tree.bind(kSecondNicVf, "igbvf");
  }
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "2\n");
}

TEST_F(VfClaimTest, TakesAnotherVfForEachDevice) {
  Claim claim = new_claim();
  EXPECT_EQ(claim.take_vf({.physical_function = "eth1", .create = 2}), kNicVf);
  EXPECT_EQ(claim.take_vf({.physical_function = "eth1", .create = 2}), kSecondNicVf);
}

TEST_F(VfClaimTest, SaysWhoHasEachVf) {
  create_vfs("eth1", 2, tree.root(), kernel);
  Claim other = new_claim("other");
  other.take_vf({.physical_function = "eth1"});
  tree.bind(kSecondNicVf, "igbvf");
  EXPECT_THAT(refusal([&] { new_claim().take_vf({.physical_function = "eth1"}); }),
              HasSubstr(kNic + " has no free VF: VF 0, " + kNicVf + ", is in use by guest \"other\" (vireo, pid " +
                        std::to_string(::getpid()) + "); VF 1, " + kSecondNicVf + ", is bound to igbvf"));
}

TEST_F(VfClaimTest, TakesNamedVfFromItsDriver) {
  create_vfs("eth1", 2, tree.root(), kernel);
  tree.bind(kSecondNicVf, "igbvf");
  Claim claim = new_claim();
  EXPECT_EQ(claim.take_vf({.physical_function = "eth1", .index = 1}), kSecondNicVf);
}

TEST_F(VfClaimTest, RefusesNamedVfThatIsTaken) {
  create_vfs("eth1", 2, tree.root(), kernel);
  Claim other = new_claim("other");
  other.take_vf({.physical_function = "eth1", .index = 1});
  EXPECT_THAT(refusal([&] { new_claim().take_vf({.physical_function = "eth1", .index = 1}); }),
              HasSubstr(kNic + ": VF 1, " + kSecondNicVf + ", is in use by guest \"other\""));
}

TEST_F(VfClaimTest, RefusesIndexThatIsNotThere) {
  create_vfs("eth1", 2, tree.root(), kernel);
  EXPECT_THAT(refusal([&] { new_claim().take_vf({.physical_function = "eth1", .index = 2}); }),
              HasSubstr(kNic + " has no VF 2: it has 2"));
}

TEST_F(VfClaimTest, RefusesMoreThanThereCanBe) {
  EXPECT_THAT(refusal([&] { new_claim().take_vf({.physical_function = "eth1", .create = 5}); }),
              HasSubstr(kNic + " can have 4 VFs, not 5"));
  EXPECT_THAT(kernel.history, IsEmpty());
}

// openshift/sriov-network-operator#1185: "no space left on device", and nobody says of what.
TEST_F(VfClaimTest, SaysWhatIsFullWhereVfsCannotBeMade) {
  kernel.refused = "sriov_numvfs";
  kernel.refusal = ENOSPC;
  const std::string text = refusal([&] { new_claim().take_vf({.physical_function = "eth1", .create = 2}); });
  EXPECT_THAT(text, HasSubstr(kNic + " cannot have 2 VFs"));
  EXPECT_THAT(text, HasSubstr("ENOSPC"));
  EXPECT_THAT(text, HasSubstr("no room for the VFs' BARs or bus numbers"));
}

struct CountRefusal {
  int error_number;
  const char* name;
  const char* help;
};

// Linux drivers/pci/pci-sysfs.c, sriov_numvfs_store(); drivers/pci/iov.c, sriov_enable().
class CountRefusalTest : public VfClaimTest, public testing::WithParamInterface<CountRefusal> {};

TEST_P(CountRefusalTest, SaysWhatItMeansAndLeavesNothing) {
  kernel.refused = "sriov_numvfs";
  kernel.refusal = GetParam().error_number;
  EXPECT_THAT(refusal([&] { new_claim().take_vf({.physical_function = "eth1", .create = 2}); }),
              testing::AllOf(HasSubstr(GetParam().name), HasSubstr(GetParam().help)));
  EXPECT_TRUE(is_as_before(kNic));
  EXPECT_THAT(tree.list("/run/vireo/claims"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Numbers, CountRefusalTest,
                         testing::Values(CountRefusal{ENOENT, "ENOENT", "needs its PF driver, one that knows SR-IOV"},
                                         CountRefusal{ENOMEM, "ENOMEM", "no room for the VFs' BARs or bus numbers"},
                                         CountRefusal{EBUSY, "EBUSY", "it has VFs already, or its driver is busy"},
                                         CountRefusal{ERANGE, "ERANGE", "no more than it says in sriov_totalvfs"},
                                         CountRefusal{EROFS, "EROFS", "in a writable /sys"},
                                         CountRefusal{EIO, "EIO", "the PF's driver refused it"}));

TEST_F(VfClaimTest, RefusesPfThatIsGone) {
  tree.remove("/sys/bus/pci/devices/" + kNic);
  EXPECT_THAT(refusal([&] { new_claim().take_vf({.physical_function = kNic, .create = 1}); }),
              HasSubstr("there is no PF \"" + kNic + "\" on this host"));
  EXPECT_THAT(kernel.history, IsEmpty());
}

TEST_F(VfClaimTest, PutsAutoprobeBackWhereVfsAreRefused) {
  kernel.refused = "sriov_numvfs";
  kernel.refusal = ENOSPC;
  refusal([&] { new_claim().take_vf({.physical_function = "eth1", .create = 2}); });
  EXPECT_TRUE(is_as_before(kNic));
}

TEST_F(VfClaimTest, HoldsVfToItsPolicyBeforeItIsBound) {
  Claim claim = new_claim();
  claim.take({{.address = claim.take_vf(
                   {.physical_function = "eth1", .create = 1, .policy = {{"mac", "52:54:00:00:00:01"}}})}});
  EXPECT_EQ(kernel.history[2], "eth1 vf 0 mac 52:54:00:00:00:01");
  EXPECT_THAT(kernel.history[3], HasSubstr("driver_override <- vfio-pci"));
}

// lf-edge/eve#5908: the next guest had the last one's MAC and VLAN.
TEST_F(VfClaimTest, PutsThePolicyBack) {
  create_vfs("eth1", 1, tree.root(), kernel);
  const VfPolicy before = kernel.policies.at({"eth1", 0});
  {
    Claim claim = new_claim();
    claim.take_vf({.physical_function = "eth1", .policy = {{"mac", "52:54:00:00:00:01"}, {"vlan", "10"}}});
    ASSERT_EQ(kernel.policies.at({"eth1", 0}).at("vlan"), "10");
  }
  EXPECT_EQ(kernel.policies.at({"eth1", 0}), before);
}

TEST_F(VfClaimTest, LeavesPolicyThatSomebodyElseSet) {
  create_vfs("eth1", 1, tree.root(), kernel);
  {
    Claim claim = new_claim();
    claim.take_vf({.physical_function = "eth1", .policy = {{"mac", "52:54:00:00:00:01"}, {"vlan", "10"}}});
    kernel.policies.at({"eth1", 0})["vlan"] = "20";
  }
  EXPECT_EQ(kernel.policies.at({"eth1", 0}).at("vlan"), "20");
  EXPECT_EQ(kernel.policies.at({"eth1", 0}).at("mac"), "00:00:00:00:00:00");
}

// The card was pulled: what its VFs were held to went with it.
TEST_F(VfClaimTest, ForgetsVfThatWentWithItsPf) {
  {
    Claim claim = new_claim();
    claim.take_vf({.physical_function = "eth1", .create = 1, .policy = {{"vlan", "10"}}});
    for (const std::string& address : {kNicVf, kNic})
      for (const std::string folder : {"/sys/bus/pci/devices/", "/sys/devices/pci0000:00/"})
        tree.remove(folder + address);
    tree.remove("/sys/class/net/eth1");
  }
  EXPECT_EQ(kernel.policies.at({"eth1", 0}).at("vlan"), "10");
  EXPECT_THAT(tree.list("/run/vireo/claims"), testing::Not(Contains(testing::EndsWith(".json"))));
}

TEST_F(VfClaimTest, RefusesPolicyThatDriverForgets) {
  kernel.forgotten_key = "trust";
  EXPECT_THAT(refusal([&] {
                new_claim().take_vf({.physical_function = "eth1", .create = 1, .policy = {{"trust", "on"}}});
              }),
              HasSubstr("VF 0 of " + kNic + " (eth1): trust is off, not on"));
  EXPECT_TRUE(is_as_before(kNic));
}

TEST_F(VfClaimTest, RefusesPolicyThatDriverDoesNotKnow) {
  kernel.policies.at({"eth1", 0}).erase("trust");
  kernel.forgotten_key = "trust";
  EXPECT_THAT(refusal([&] {
                new_claim().take_vf({.physical_function = "eth1", .create = 1, .policy = {{"trust", "on"}}});
              }),
              HasSubstr("its driver has no trust"));
}

TEST_F(VfClaimTest, RefusesPolicyOfWhatIsNoNic) {
  EXPECT_THAT(refusal([&] {
                new_claim().take_vf({.physical_function = "nvme0", .create = 1, .policy = {{"trust", "on"}}});
              }),
              HasSubstr(kController + " has no network interface, so its VFs have no `trust`"));
  EXPECT_THAT(kernel.history, IsEmpty());
}

TEST_F(VfClaimTest, GivesNvmeVfItsResources) {
  Claim claim = new_claim();
  claim.take_vf({.physical_function = "nvme0", .create = 1, .queues = 3, .interrupts = 2, .namespaces = {{1}}});
  EXPECT_EQ(kernel.resources.at({"/dev/nvme0", 0}),
            (NvmeResources{.online = true, .queues = 3, .interrupts = 2, .namespaces = {1}}));
}

TEST_F(VfClaimTest, TakesNvmeResourcesBack) {
  {
    Claim claim = new_claim();
    claim.take({{.address = claim.take_vf({.physical_function = "nvme0", .create = 1, .queues = 3})}});
  }
  EXPECT_EQ(kernel.resources.at({"/dev/nvme0", 0}), (NvmeResources{.namespaces = {1, 2}}));
  EXPECT_TRUE(is_as_before(kController));
}

TEST_F(VfClaimTest, TakesVfOfControllerFromItsDriverFirst) {
  create_vfs("nvme0", 1, tree.root(), kernel);
  tree.bind(kNvmeVf, "nvme");
  kernel.natural[kNvmeVf] = "nvme";
  {
    Claim claim = new_claim();
    claim.take_vf({.physical_function = "nvme0", .index = 0, .queues = 3});
    EXPECT_EQ(tree.bound(kNvmeVf), "");
  }
  EXPECT_EQ(tree.bound(kNvmeVf), "nvme");
}

TEST_F(VfClaimTest, UndoesAllWhereControllerRefuses) {
  kernel.too_many_queues = 3;
  EXPECT_THAT(refusal([&] { new_claim().take_vf({.physical_function = "nvme0", .create = 1, .queues = 3}); }),
              HasSubstr("Invalid Number of Controller Resources"));
  EXPECT_TRUE(is_as_before(kController));
  EXPECT_THAT(tree.list("/run/vireo/claims"), testing::Not(Contains(testing::EndsWith(".json"))));
}

TEST_F(VfClaimTest, RefusesResourcesOfWhatIsNoController) {
  EXPECT_THAT(refusal([&] { new_claim().take_vf({.physical_function = "eth1", .create = 1, .queues = 3}); }),
              HasSubstr(kNic + " has no NVMe controller"));
}

}  // namespace
}  // namespace vireo::host
