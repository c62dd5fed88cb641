// What a file says of one device, and what becomes of it in the plan.
#include "tests/unit/vmm/plan_fixture.h"
#include "vmm/plan_text.h"

namespace vireo {
namespace {

using base::kMiB;

TEST_F(PlanTest, SharesAGroupsFile) {
  config_.pcie.root_ports[0].functions[0].file = 9;
  config_.pcie.root_ports[0].functions.push_back({.vfio = "0000:01:00.2"});
  surroundings_.devices["0000:01:00.2"] = {.address = "0000:01:00.2", .facts = facts_};
  EXPECT_EQ(plan().given_files.at("0000:01:00.2"), 9);
}

TEST_F(PlanTest, HasNoPeersForOneDevice) {
  EXPECT_FALSE(plan().peer_to_peer);
}

TEST_F(PlanTest, SaysThatIommufdHasNoPeers) {
  config_.iommu = config::IommuBackend::kIommufd;
  surroundings_.machine.iommufd_present = true;
  config_.pcie.root_ports[0].functions.push_back({.vfio = "0000:01:00.2"});
  surroundings_.devices["0000:01:00.2"] = {.address = "0000:01:00.2", .facts = facts_};
  EXPECT_NE(plan_text(plan()).find("peer-to-peer DMA   none: iommufd maps no BARs"), std::string::npos);
}

// A GPU and its audio function, which the host's sound has.
class CompanionTest : public PlanTest {
 protected:
  CompanionTest() {
    facts_.group_members = {{.address = "0000:01:00.1", .driver = "nvme"},
                            {.address = "0000:01:00.2", .driver = "snd_hda_intel"}};
    companion_.address = "0000:01:00.2";
    companion_.group = 9;
  }
  host::HostFacts companion_;
};

TEST_F(CompanionTest, IsInTheWayUnasked) {
  EXPECT_NE(conflict().message.find("0000:01:00.2 is bound to snd_hda_intel"), std::string::npos);
  EXPECT_NE(conflict().help.find("companions: true"), std::string::npos);
}

TEST_F(CompanionTest, IsTakenWhereTheFileSaysSo) {
  companions_ = {companion_};
  const Plan made = plan();
  EXPECT_TRUE(made.conflicts.empty());
  EXPECT_EQ(made.companions, std::vector<std::string>{"0000:01:00.2"});
  EXPECT_NE(plan_text(made).find("0000:01:00.2 is taken with 0000:01:00.1"), std::string::npos);
  EXPECT_FALSE(made.devices.contains("0000:01:00.2"));
}

TEST_F(CompanionTest, IsNotTakenFromWhoNeedsIt) {
  companion_.uses = {{.what = "network interface eth0 has the default route", .blocking = true}};
  companions_ = {companion_};
  EXPECT_NE(conflict().message.find("0000:01:00.2 is in use: network interface eth0"), std::string::npos);
}

TEST_F(CompanionTest, IsNoneWhereTheGuestGetsIt) {
  companions_ = {companion_};
  config_.pcie.root_ports[0].functions.push_back({.vfio = "0000:01:00.2"});
  surroundings_.devices["0000:01:00.2"] = {.address = "0000:01:00.2", .facts = companion_};
  EXPECT_TRUE(plan().companions.empty());
}

class GivenFileTest : public PlanTest {
 protected:
  GivenFileTest() { config_.pcie.root_ports[0].functions[0].file = 9; }
  Plan with(const GivenFile& given) {
    surroundings_.devices["0000:01:00.1"] = {.address = "0000:01:00.1", .facts = facts_, .given = given};
    return make_plan(config_, surroundings_);
  }
};

TEST_F(GivenFileTest, TakesTheGroupsFile) {
  const Plan made = with({.number = "511:3", .group_number = "511:3"});
  EXPECT_TRUE(made.conflicts.empty());
  EXPECT_EQ(made.given_files.at("0000:01:00.1"), 9);
}

TEST_F(GivenFileTest, RefusesAFileThatIsNotOpen) {
  EXPECT_NE(with({.number = "", .group_number = "511:3"}).conflicts.at(0).message.find("fd 9 is not open"),
            std::string::npos);
}

TEST_F(GivenFileTest, RefusesAnotherDevicesFile) {
  EXPECT_NE(with({.number = "511:4", .group_number = "511:3"}).conflicts.at(0).message.find("device 511:4, not 511:3"),
            std::string::npos);
}

TEST_F(GivenFileTest, CannotRebootByIommufd) {
  config_.iommu = config::IommuBackend::kIommufd;
  surroundings_.machine.iommufd_present = true;
  const Plan made = with({.number = "510:0", .group_number = "511:3", .device_number = "510:0"});
  ASSERT_EQ(made.conflicts.size(), 1u);
  EXPECT_NE(made.conflicts[0].help.find("on_reboot: exit"), std::string::npos);
}

TEST_F(PlanTest, RefusesADeviceThatIsAnotherOne) {
  mismatches_ = {"its serial is 1, not 2"};
  device().expect_where = {.file = "g.yaml", .line = 7, .column = 3};
  const Conflict found = conflict();
  EXPECT_EQ(found.code, base::ExitCode::kDevice);
  EXPECT_EQ(found.where.line, 7);
  EXPECT_NE(found.message.find("0000:01:00.1 is another device: its serial is 1, not 2"), std::string::npos);
}

TEST_F(PlanTest, ResetsAsTheFileSays) {
  facts_.reset_methods = {"flr", "bus"};
  config_.pcie.root_ports[0].functions[0].reset_methods = {"bus", "flr"};
  EXPECT_EQ(plan().reset_methods.at("0000:01:00.1"), "bus flr");
  EXPECT_NE(plan_text(plan()).find("reset by bus"), std::string::npos);
}

TEST_F(PlanTest, RefusesAResetThatTheDeviceLacks) {
  facts_.reset_methods = {"flr"};
  config_.pcie.root_ports[0].functions[0].reset_methods = {"pm"};
  EXPECT_NE(conflict().message.find("cannot be reset by pm: it has flr"), std::string::npos);
}

TEST_F(PlanTest, MakesAHotPlugSlotForWhatCanGo) {
  EXPECT_FALSE(plan().roles.at("rp0").hot_plug);
  device().on_error = config::OnError::kDetach;
  EXPECT_TRUE(plan().roles.at("rp0").hot_plug);
  EXPECT_FALSE(plan().roles.at("rp0").reports_errors);
}

TEST_F(PlanTest, LetsTheRootPortReportErrors) {
  device().on_error = config::OnError::kReport;
  records_errors_ = true;
  const Plan made = plan();
  EXPECT_TRUE(made.conflicts.empty());
  EXPECT_TRUE(made.roles.at("rp0").reports_errors);
  EXPECT_EQ(vfio::extended_capability_policy(1, made.roles.at("0000:01:00.1").capabilities), vfio::Policy::kPass);
}

// The messages of what is below a switch come out at the root port.
TEST_F(PlanTest, LetsTheRootPortAboveASwitchReportErrors) {
  device().on_error = config::OnError::kReport;
  records_errors_ = true;
  config::PortConfig below = config_.pcie.root_ports[0];
  below.name = "dp0";
  config_.pcie.root_ports[0] = {.name = "sw0-rp", .downstream = {{.name = "sw0", .ports = {below}}}};
  const Plan made = plan();
  EXPECT_TRUE(made.roles.at("sw0-rp").reports_errors);
  EXPECT_FALSE(made.roles.at("dp0").reports_errors);
  EXPECT_TRUE(made.roles.at("dp0").hot_plug);
}

TEST_F(PlanTest, RefusesToReportErrorsThatTheDeviceDoesNotRecord) {
  device().on_error = config::OnError::kReport;
  EXPECT_NE(conflict().message.find("no AER capability"), std::string::npos);
}

TEST_F(PlanTest, PlansWithTheSizesThatBarsWillHave) {
  device().bar_sizes = {{0, 64 * kMiB}};
  resizable_ = {{0, 1u << 6 | 1u << 4}};
  const Plan made = plan();
  EXPECT_TRUE(made.conflicts.empty());
  EXPECT_EQ(made.devices.at("0000:01:00.1").bars.at(0).size, 64 * kMiB);
}

TEST_F(PlanTest, RefusesASizeThatTheBarCannotHave) {
  device().bar_sizes = {{0, 32 * kMiB}};
  resizable_ = {{0, 1u << 6 | 1u << 4}};
  const Conflict found = conflict();
  EXPECT_NE(found.message.find("BAR 0 cannot have 32MiB"), std::string::npos);
  EXPECT_NE(found.help.find("16MiB, 64MiB"), std::string::npos);
}

TEST_F(PlanTest, RefusesToResizeABarOfOneSize) {
  device().bar_sizes = {{0, 32 * kMiB}};
  resizable_ = {{0, 0}};
  EXPECT_NE(conflict().help.find("one size only"), std::string::npos);
}

TEST_F(PlanTest, LeavesWhatOnlyRootCanKnowToRoot) {
  device().bar_sizes = {{0, 32 * kMiB}};
  resizable_ = {{0, std::nullopt}};
  EXPECT_NE(conflict().help.find("as root"), std::string::npos);
  facts_.bars[0].size = 32 * kMiB;
  EXPECT_TRUE(plan().conflicts.empty());
  device().on_error = config::OnError::kReport;
  records_errors_.reset();
  EXPECT_TRUE(plan().conflicts.empty());
}

TEST_F(PlanTest, GivesACliqueToNvidiaGpusOnly) {
  device().gpudirect_clique = 2;
  EXPECT_NE(conflict().message.find("is not an NVIDIA GPU"), std::string::npos);
  facts_.vendor = 0x10de;
  facts_.class_code = 0x030200;
  EXPECT_TRUE(plan().conflicts.empty());
  EXPECT_EQ(plan().roles.at("0000:01:00.1").clique, 2);
}

// NVMe's doorbells begin at 0x1000.
class MsixTableTest : public PlanTest {
 protected:
  MsixTableTest() {
    facts_.msix = {.vectors = 2, .table_bar = 0, .table_offset = 0x1800, .pba_bar = 0, .pba_offset = 0x3000};
  }
  std::optional<unsigned> bar() { return plan().roles.at("0000:01:00.1").msix_bar; }
};

TEST_F(MsixTableTest, MovesAwayFromDoorbells) {
  EXPECT_EQ(bar(), 2u);
  const Plan made = plan();
  const pci::PlannedFunction& function = made.root_bus.at(1).below.at(0);
  EXPECT_EQ(function.bars[2].size, 4096u);
  EXPECT_NE(function.addresses[2], 0u);
  EXPECT_NE(plan_text(made).find("MSI-X table, relocated"), std::string::npos);
}

TEST_F(MsixTableTest, MovesAwayWhenThePendingBitsAreBesideDoorbells) {
  facts_.msix = {.vectors = 2, .table_bar = 0, .table_offset = 0x3000, .pba_bar = 0, .pba_offset = 0x1f00};
  EXPECT_EQ(bar(), 2u);
}

TEST_F(MsixTableTest, StaysOnAPageOfItsOwn) {
  facts_.msix.table_offset = 0x2000;
  EXPECT_FALSE(bar());
}

TEST_F(MsixTableTest, StaysWhereItsRegistersAreNotKnown) {
  facts_.class_code = 0x020000;
  EXPECT_FALSE(bar());
}

TEST_F(MsixTableTest, StaysWhereTheFileSaysSo) {
  device().msix_table = config::MsixTable::kDevice;
  EXPECT_FALSE(bar());
}

TEST_F(MsixTableTest, MovesWhereTheFileSaysSo) {
  facts_.class_code = 0x020000;
  device().msix_table = config::MsixTable::kRelocate;
  EXPECT_EQ(bar(), 2u);
}

TEST_F(MsixTableTest, RemarksThatNoBarIsLeft) {
  for (const unsigned index : {2u, 4u}) facts_.bars.push_back({.index = index, .size = 4096, .is_64bit = true});
  EXPECT_FALSE(bar());
  EXPECT_NE(plan().remarks.at(0).find("each I/O traps"), std::string::npos);
  device().msix_table = config::MsixTable::kRelocate;
  EXPECT_NE(conflict().message.find("no BAR left"), std::string::npos);
}

TEST_F(MsixTableTest, RefusesToMoveWhatIsNotThere) {
  facts_.msix = {};
  device().msix_table = config::MsixTable::kRelocate;
  EXPECT_NE(conflict().message.find("has no MSI-X table"), std::string::npos);
}

}  // namespace
}  // namespace vireo
