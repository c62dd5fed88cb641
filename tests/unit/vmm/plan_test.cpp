#include "tests/unit/vmm/plan_fixture.h"
#include "vmm/plan_memory.h"
#include "vmm/plan_text.h"
#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

using base::ExitCode;
using base::kGiB;
using base::kMiB;

base::IovaRange iova(uint64_t start, uint64_t last) {
  return *base::IovaRange::make(base::Iova(start), last - start + 1);
}

TEST_F(PlanTest, HasNoConflictOnAGoodHost) {
  EXPECT_TRUE(plan().conflicts.empty());
}

TEST_F(PlanTest, TakesType1WhereBothAreThere) {
  surroundings_.machine.iommufd_present = true;
  EXPECT_FALSE(plan().iommufd);
  EXPECT_NE(plan_text(plan()).find("type1"), std::string::npos);
}

TEST_F(PlanTest, TakesIommufdWhereThereIsNothingElse) {
  surroundings_.machine.vfio_present = false;
  surroundings_.machine.iommufd_present = true;
  EXPECT_TRUE(plan().iommufd);
  EXPECT_TRUE(plan().conflicts.empty());
}

TEST_F(PlanTest, SaysWhereIommufdIsAskedForAndMissing) {
  config_.iommu = config::IommuBackend::kIommufd;
  config_.iommu_where = {.file = "g.yaml", .line = 7, .column = 8};
  const Conflict found = conflict();
  EXPECT_EQ(found.code, ExitCode::kHost);
  EXPECT_EQ(found.where.line, 7);
  EXPECT_NE(found.message.find("/dev/iommu"), std::string::npos);
}

// Device n on a bus turns a pin by n: device 0 behind device 1 of the root bus.
TEST_F(PlanTest, TurnsInterruptLinesAtBridges) {
  const Plan made = plan();
  const platform::InterruptPlace& place = made.roles.at("0000:01:00.1").interrupts;
  EXPECT_EQ(place.requester, 0x0100);
  EXPECT_EQ(place.lines, (std::array<platform::Gsi, 4>{17, 18, 19, 16}));
}

TEST_F(PlanTest, GivesTheRomAPlace) {
  facts_.bars.push_back({.index = 6, .size = 64 * 1024});
  const Plan made = plan();
  const pci::PlannedFunction& device = made.root_bus[1].below[0];
  EXPECT_EQ(device.bars[pci::kRomIndex].size, 64u * 1024);
  EXPECT_NE(device.addresses[pci::kRomIndex], 0u);
  EXPECT_NE(plan_text(made).find("ROM "), std::string::npos);
}

TEST_F(PlanTest, LeavesTheRomOutWhereTheFileSaysSo) {
  facts_.bars.push_back({.index = 6, .size = 64 * 1024});
  config_.pcie.root_ports[0].functions.at(0).no_rom = true;
  EXPECT_EQ(plan().root_bus[1].below[0].bars[pci::kRomIndex].kind, pci::BarKind::kNone);
}

TEST_F(PlanTest, ShowsAFilesRom) {
  config_.pcie.root_ports[0].functions.at(0).rom_file = "/r";
  facts_.bars.push_back({.index = 6, .size = 64 * 1024});
  rom_ = {.problem = {}, .help = {}, .size = 8192};
  const Plan made = plan();
  EXPECT_EQ(made.root_bus[1].below[0].bars[pci::kRomIndex].size, 8192u);
  EXPECT_EQ(made.roles.at("0000:01:00.1").rom_file, "/r");
}

TEST_F(PlanTest, NamesARomThatCannotBeUsed) {
  config_.pcie.root_ports[0].functions.at(0).rom_file = "/r";
  config_.pcie.root_ports[0].functions.at(0).rom_where = {.file = "g.yaml", .line = 9, .column = 4};
  rom_ = {.problem = "ROM /r: no expansion ROM", .help = {}};
  EXPECT_EQ(conflict().where.line, 9);
}

TEST_F(PlanTest, PutsTheDeviceBehindItsPort) {
  const Plan made = plan();
  ASSERT_EQ(made.root_bus.size(), 3u);
  EXPECT_EQ(made.root_bus[1].below[0].bus, 1);
  EXPECT_EQ(made.root_bus[1].below[0].addresses[0], platform::kMmio32Start.value());
}

TEST_F(PlanTest, PutsSeveralFunctionsBehindOnePort) {
  host::HostFacts second = facts_;
  second.address = "0000:01:00.2";
  config_.pcie.root_ports[0].functions.push_back({.vfio = second.address});
  surroundings_.devices[second.address] = {.address = second.address, .facts = second};
  const Plan made = plan();
  const auto& below = made.root_bus.at(1).below;
  ASSERT_EQ(below.size(), 2u);
  EXPECT_EQ(below[1].devfn, 1);
  EXPECT_TRUE(made.roles.at(second.address).one_of_several);
  EXPECT_TRUE(made.peer_to_peer);
}

TEST_F(PlanTest, GoesOnWithoutADeviceThatIsLost) {
  const Plan left = without_devices(plan(), {"0000:01:00.1"});
  EXPECT_TRUE(left.devices.empty());
  EXPECT_TRUE(left.root_bus.at(1).below.empty());
  EXPECT_FALSE(left.roles.at("rp0").occupied);
}

TEST_F(PlanTest, MakesTheFunctionThatIsLeftFunction0) {
  config_.pcie.root_ports[0].functions.push_back({.vfio = "0000:01:00.2"});
  surroundings_.devices["0000:01:00.2"] = {.address = "0000:01:00.2", .facts = facts_};
  const Plan left = without_devices(plan(), {"0000:01:00.1"});
  EXPECT_EQ(left.root_bus.at(1).below.at(0).devfn, 0);
  EXPECT_EQ(left.roles.at("0000:01:00.2").interrupts.requester, 0x0100);
}

TEST_F(PlanTest, LocksAllOfTheMemory) {
  EXPECT_EQ(plan().memlock_needed, kGiB);
}

TEST_F(PlanTest, NamesMissingKvm) {
  surroundings_.machine.kvm_present = false;
  EXPECT_EQ(conflict().code, ExitCode::kHost);
}

TEST_F(PlanTest, NamesADeviceWithoutAGroup) {
  facts_.group.reset();
  EXPECT_NE(conflict().message.find("no IOMMU covers it"), std::string::npos);
}

TEST_F(PlanTest, NamesTheMemberThatMakesTheGroupNotViable) {
  facts_.group_members = {{.address = "0000:01:00.1"}, {.address = "0000:01:00.3", .driver = "ixgbe"}};
  EXPECT_NE(conflict().message.find("0000:01:00.3 is bound to ixgbe"), std::string::npos);
}

TEST_F(PlanTest, RefusesABridge) {
  facts_.class_code = 0x060400;
  EXPECT_EQ(conflict().code, ExitCode::kDevice);
}

TEST_F(PlanTest, RefusesADeviceInUse) {
  facts_.uses.push_back({.what = "/dev/nvme0n1 is mounted on /srv", .blocking = true});
  EXPECT_NE(conflict().message.find("mounted on /srv"), std::string::npos);
}

TEST_F(PlanTest, TakesADeviceInUseByForce) {
  facts_.uses.push_back({.what = "mounted", .blocking = true});
  config_.pcie.root_ports[0].functions.at(0).force = true;
  EXPECT_TRUE(plan().conflicts.empty());
}

TEST_F(PlanTest, NamesTheLimitOnLockedMemory) {
  surroundings_.machine.memlock_soft = surroundings_.machine.memlock_hard = 64 * 1024;
  EXPECT_NE(conflict().help.find("ulimit -l 1048576"), std::string::npos);
}

TEST_F(PlanTest, RaisesALimitThatMayBeRaised) {
  surroundings_.machine.memlock_soft = surroundings_.machine.memlock_hard = 64 * 1024;
  surroundings_.machine.locking.may_raise_limit = true;
  EXPECT_TRUE(plan().conflicts.empty());
}

TEST_F(PlanTest, NamesTheLimitOfOpenFiles) {
  facts_.msix.vectors = 2048;
  surroundings_.machine.files_soft = surroundings_.machine.files_hard = 1024;
  EXPECT_NE(conflict().message.find("2118 open files, the limit is 1024"), std::string::npos);
}

TEST_F(PlanTest, RaisesALimitOfOpenFilesThatMayBeRaised) {
  facts_.msix.vectors = 2048;
  surroundings_.machine.files_soft = 1024;
  EXPECT_TRUE(plan().conflicts.empty());
}

TEST_F(PlanTest, RemarksMoreVectorsThanKvmRoutes) {
  facts_.msix.vectors = 4096;
  EXPECT_NE(plan_text(plan()).find("remark: the devices have 4096 interrupt vectors, KVM routes 4056"),
            std::string::npos);
}

TEST_F(PlanTest, CountsHugePages) {
  config_.memory.hugepages = 2 * kMiB;
  EXPECT_NE(conflict().message.find("needs 512 huge pages"), std::string::npos);
}

// What others use of a pool would go if it got the guest's number alone.
TEST_F(PlanTest, GrowsAPoolOfHugePages) {
  config_.memory.hugepages = 2 * kMiB;
  surroundings_.machine.huge_pages = {{.page_size = 2 * kMiB, .total = 1000, .free = 100}};
  EXPECT_EQ(conflict().help, "echo 1412 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
}

TEST_F(PlanTest, ChecksTheGuestsAddressWidth) {
  facts_.bars.push_back({.index = 2, .size = 64 * kGiB, .is_64bit = true, .prefetchable = true});
  surroundings_.machine.physical_address_bits = 36;
  EXPECT_NE(plan().conflicts.front().message.find("36-bit"), std::string::npos);
}

TEST_F(PlanTest, NamesAMissingKernel) {
  surroundings_.first_file.problem = "kernel /k: cannot open: ENOENT (No such file or directory)";
  EXPECT_EQ(conflict().code, ExitCode::kBootImage);
}

TEST_F(PlanTest, NamesAConsoleFileThatCannotBeWritten) {
  surroundings_.console.problem = "console file /nowhere/log cannot be written: ENOENT";
  EXPECT_EQ(conflict().code, ExitCode::kConfig);
}

// Populating more than there is would end in the kernel's killing a process.
TEST_F(PlanTest, NamesMemoryThatIsNotThere) {
  surroundings_.machine.memory_available = kGiB / 2;
  EXPECT_NE(conflict().message.find("512 MiB available"), std::string::npos);
}

TEST_F(PlanTest, NamesANumaNodeThatIsNotThere) {
  config_.memory.numa_node = 3;
  EXPECT_NE(conflict().message.find("no NUMA node 3"), std::string::npos);
}

TEST_F(PlanTest, NamesRamThatHasNoRoomBetweenReservedRanges) {
  facts_.reserved_iova = {iova(0, ~uint64_t{0} - 1)};
  EXPECT_NE(plan().conflicts.front().message.find("leave no room"), std::string::npos);
}

TEST_F(PlanTest, ReportsAllConflictsAtOnce) {
  surroundings_.machine.kvm_present = false;
  facts_.group.reset();
  EXPECT_EQ(plan().conflicts.size(), 2u);
}

TEST_F(PlanTest, RefusesADeviceNumberThatIsTaken) {
  config_.pcie.root_ports.push_back({.name = "rp1", .device_number = 3});
  config_.pcie.root_ports.push_back({.name = "rp2", .device_number = 3});
  EXPECT_NE(conflict().message.find("device 3 of its bus is taken"), std::string::npos);
}

TEST_F(PlanTest, GivesADefaultPortOfASwitchAnAddressThatIsFree) {
  config::SwitchConfig below{.name = "sw0"};
  below.ports.push_back({.name = "dp0"});
  below.ports.push_back({.name = "dp1", .device_number = 0});
  config_.pcie.root_ports.push_back({.name = "sw0-rp", .downstream = {below}});
  const Plan made = plan();
  EXPECT_TRUE(made.conflicts.empty());
  EXPECT_EQ(made.root_bus[2].below[0].below[0].devfn, pci::devfn(1, 0));
}

TEST_F(PlanTest, KeepsTheAddressThatTheFileSays) {
  config_.pcie.root_ports[0].device_number = 7;
  EXPECT_EQ(plan().root_bus[1].devfn, pci::devfn(7, 0));
}

TEST_F(PlanTest, ThrowsTheFirstConflictsExitCode) {
  surroundings_.machine.kvm_present = false;
  EXPECT_THROW(require_feasible(plan()), base::Error);
}

TEST_F(PlanTest, ShowsTheDeviceInItsJson) {
  EXPECT_NE(plan_json(plan()).find("\"host\": \"0000:01:00.1\""), std::string::npos);
}

}  // namespace
}  // namespace vireo
