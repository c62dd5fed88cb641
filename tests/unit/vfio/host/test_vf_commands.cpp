// VFs that commands make: they stay.
#include "tests/unit/vfio/host/vf_fixture.h"
#include "vfio/host/vf_commands.h"

namespace vireo::host {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class VfCommandsTest : public VfTest {
 protected:
  bool create(const std::string& pf, unsigned count) { return create_vfs(pf, count, tree.root(), kernel); }
  bool destroy(const std::string& pf) { return destroy_vfs(pf, tree.root(), kernel); }
  void set(const VfRequest& request) { set_vf(request, tree.root(), kernel); }
  void release(const std::string& pf, unsigned index) { release_vf(pf, index, tree.root(), kernel); }
};

TEST_F(VfCommandsTest, VfsOutliveTheNextClaim) {
  EXPECT_TRUE(create("eth1", 2));
  { new_claim().take_vf({.physical_function = "eth1"}); }
  restore(tree.root(), kernel);
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "2\n");
}

// Its state folder has no place for VFs' records.
TEST_F(VfCommandsTest, WorkWhereAnOlderVireoHasRun) {
  tree.folder("/run/vireo/claims");
  tree.folder("/run/vireo/devices");
  EXPECT_TRUE(create("eth1", 2));
}

TEST_F(VfCommandsTest, CreatingWhatThereIsChangesNothing) {
  create("eth1", 2);
  kernel.history.clear();
  EXPECT_FALSE(create("eth1", 2));
  EXPECT_THAT(kernel.history, IsEmpty());
}

TEST_F(VfCommandsTest, MoreThanThereCanBeChangesNothing) {
  EXPECT_THAT(refusal([&] { create("eth1", 5); }), HasSubstr(kNic + " can have 4 VFs, not 5"));
  EXPECT_THAT(kernel.history, IsEmpty());
}

TEST_F(VfCommandsTest, PfWithoutSriovIsNone) {
  tree.device("0000:04:00.0");
  EXPECT_THAT(refusal([&] { create("0000:04:00.0", 1); }), HasSubstr("0000:04:00.0 has no SR-IOV: it cannot have VFs"));
  EXPECT_THAT(kernel.history, IsEmpty());
}

TEST_F(VfCommandsTest, RefusedNumberLeavesNoRecord) {
  kernel.refused = "sriov_numvfs";
  kernel.refusal = EIO;
  EXPECT_THAT(refusal([&] { create("eth1", 2); }),
              testing::AllOf(HasSubstr(kNic + " cannot have 2 VFs"), HasSubstr("EIO")));
  EXPECT_TRUE(is_as_before(kNic));
  EXPECT_TRUE(tree.list("/run/vireo/vfs").empty());
}

TEST_F(VfCommandsTest, AnotherNumberReplacesUnusedVfs) {
  create("eth1", 2);
  create("eth1", 3);
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "3\n");
  destroy("eth1");
  EXPECT_TRUE(is_as_before(kNic));
}

// "Never lowers sriov_numvfs while a VF is in use."
TEST_F(VfCommandsTest, AnotherNumberIsRefusedWhileOneIsInUse) {
  create("eth1", 2);
  Claim claim = new_claim();
  claim.take_vf({.physical_function = "eth1"});
  EXPECT_THAT(refusal([&] { create("eth1", 3); }),
              HasSubstr(kNic + " keeps its VFs: " + kNicVf + " is in use by guest \"web\""));
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "2\n");
}

TEST_F(VfCommandsTest, DestroyingIsRefusedWhileOneIsInUse) {
  create("eth1", 2);
  set({.physical_function = "eth1", .index = 1, .policy = {{"vlan", "10"}}});
  tree.bind(kNicVf, "igbvf");
  EXPECT_THAT(refusal([&] { destroy("eth1"); }), HasSubstr(kNicVf + " is bound to igbvf"));
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "2\n");
  EXPECT_EQ(kernel.policies.at({"eth1", 1}).at("vlan"), "10");
}

TEST_F(VfCommandsTest, DestroyingPutsAllBack) {
  create("eth1", 2);
  set({.physical_function = "eth1", .index = 1, .policy = {{"vlan", "10"}, {"trust", "on"}}});
  EXPECT_TRUE(destroy("eth1"));
  EXPECT_TRUE(is_as_before(kNic));
  EXPECT_EQ(kernel.policies.at({"eth1", 1}).at("trust"), "off");
  EXPECT_THAT(tree.list("/run/vireo/vfs"), IsEmpty());
}

TEST_F(VfCommandsTest, DestroyingTakesAwayWhatOthersMade) {
  kernel.write(tree.root().sys() + "/bus/pci/devices/" + kNic + "/sriov_numvfs", "3");
  EXPECT_TRUE(destroy("eth1"));
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "0\n");
}

TEST_F(VfCommandsTest, DestroyingNothingIsNoMistake) {
  EXPECT_FALSE(destroy("eth1"));
}

TEST_F(VfCommandsTest, ReleasingPutsBackOneVfAlone) {
  create("eth1", 2);
  set({.physical_function = "eth1", .index = 0, .policy = {{"vlan", "10"}}});
  set({.physical_function = "eth1", .index = 1, .policy = {{"vlan", "20"}}});
  set({.physical_function = "eth1", .index = 1, .policy = {{"vlan", "30"}}});
  release("eth1", 1);
  EXPECT_EQ(kernel.policies.at({"eth1", 0}).at("vlan"), "10");
  EXPECT_EQ(kernel.policies.at({"eth1", 1}).at("vlan"), "0");
}

TEST_F(VfCommandsTest, ReleasingIsRefusedWhileGuestHasIt) {
  create("eth1", 2);
  Claim claim = new_claim();
  claim.take_vf({.physical_function = "eth1", .index = 1});
  EXPECT_THAT(refusal([&] { release("eth1", 1); }), HasSubstr("is in use by guest \"web\""));
}

TEST_F(VfCommandsTest, PolicyOfGuestsVfCanBeSet) {
  create("eth1", 2);
  Claim claim = new_claim();
  claim.take_vf({.physical_function = "eth1", .index = 1});
  set({.physical_function = "eth1", .index = 1, .policy = {{"vlan", "10"}}});
  EXPECT_EQ(kernel.policies.at({"eth1", 1}).at("vlan"), "10");
}

TEST_F(VfCommandsTest, ResourcesOfGuestsVfCannotBeSet) {
  create("nvme0", 1);
  Claim claim = new_claim();
  claim.take_vf({.physical_function = "nvme0", .queues = 2});
  EXPECT_THAT(refusal([&] { set({.physical_function = "nvme0", .index = 0, .queues = 3}); }),
              HasSubstr("is in use by guest \"web\""));
  EXPECT_EQ(kernel.resources.at({"/dev/nvme0", 0}).queues, 2u);
}

TEST_F(VfCommandsTest, RefusedResourcesLeaveWhatThereWas) {
  create("nvme0", 1);
  set({.physical_function = "nvme0", .index = 0, .queues = 2});
  kernel.too_many_queues = 3;
  EXPECT_THAT(refusal([&] { set({.physical_function = "nvme0", .index = 0, .queues = 3}); }),
              HasSubstr("Invalid Number of Controller Resources"));
  EXPECT_EQ(kernel.resources.at({"/dev/nvme0", 0}), (NvmeResources{.online = true, .queues = 2, .namespaces = {1, 2}}));
}

TEST_F(VfCommandsTest, SaysThatPfLostItsDriver) {
  create("eth1", 1);
  set({.physical_function = "eth1", .index = 0, .policy = {{"vlan", "10"}}});
  tree.remove("/sys/devices/pci0000:00/" + kNic + "/net");
  EXPECT_THAT(refusal([&] { release(kNic, 0); }),
              HasSubstr("VF 0 of " + kNic + ": its PF has no network interface any more; help: bind the PF"));
}

TEST_F(VfCommandsTest, RecordOfAnotherBootIsForgotten) {
  create("eth1", 2);
  tree.write("/proc/sys/kernel/random/boot_id", "99999999-2222-3333-4444-555555555555\n");
  set({.physical_function = "eth1", .index = 0, .policy = {{"vlan", "10"}}});
  release("eth1", 0);
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "2\n");
}

TEST_F(VfCommandsTest, RefusesRecordThatIsNone) {
  create("eth1", 2);
  tree.write("/run/vireo/vfs/" + kNic + ".json", "garbage");
  EXPECT_THAT(refusal([&] { destroy("eth1"); }), HasSubstr(kNic + ".json: it is cut short or not a journal"));
  EXPECT_EQ(attribute(kNic, "sriov_numvfs"), "2\n");
}

TEST_F(VfCommandsTest, ListsWhatEachVfIsHeldTo) {
  create("eth1", 2);
  tree.bind(kSecondNicVf, "igbvf");
  const std::vector<ListedPf> listed = list_vfs("eth1", tree.root(), kernel);
  ASSERT_EQ(listed.size(), 1u);
  ASSERT_EQ(listed[0].vfs.size(), 2u);
  EXPECT_EQ(listed[0].vfs[0].address, kNicVf);
  EXPECT_EQ(listed[0].vfs[0].user, "");
  EXPECT_EQ(listed[0].vfs[0].policy.at("spoofchk"), "on");
  EXPECT_EQ(listed[0].vfs[1].user, "bound to igbvf");
}

TEST_F(VfCommandsTest, ListsAllPfs) {
  create("nvme0", 1);
  const std::vector<ListedPf> listed = list_vfs("", tree.root(), kernel);
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_THAT(listed[0].vfs, IsEmpty());
  EXPECT_EQ(listed[1].vfs.at(0).resources, (NvmeResources{.namespaces = {1, 2}}));
}

}  // namespace
}  // namespace vireo::host
