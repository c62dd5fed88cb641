#include "emulated/test/test_function.h"
#include "emulated/virtio/virtio_function.h"
#include "tests/unit/vmm/plan_fixture.h"
#include "vmm/config/test_devices.h"
#include "vmm/plan_text.h"
#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

using base::ExitCode;

TEST_F(PlanTest, GivesAVirtioDeviceAPlace) {
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = config::EmulatedConfig{}});
  const Plan made = plan();
  EXPECT_TRUE(made.conflicts.empty());
  const pci::PlannedFunction& device = made.root_bus[2].below.at(0);
  EXPECT_EQ(device.name, "rng@rp1");
  EXPECT_NE(device.addresses[0], 0u);
  EXPECT_EQ(made.roles.at("rng@rp1").interrupts.requester, 0x0200);
  EXPECT_NE(plan_text(made).find("02:00.0 virtio rng@rp1"), std::string::npos);
}

config::EmulatedConfig disk(const std::string& image) {
  return {.kind = config::EmulatedKind::kBlock,
          .disk = {.image = image, .image_where = {.file = "g.yaml", .line = 9, .column = 4}, .queues = 2}};
}

TEST_F(PlanTest, ShowsADisksImage) {
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = disk("/d.raw")});
  surroundings_.images["/d.raw"] = {.problem = {}, .help = {}, .size = base::kGiB};
  const Plan made = plan();
  EXPECT_NE(plan_text(made).find("virtio block@rp1  <- /d.raw (1 GiB)"), std::string::npos);
  EXPECT_NE(plan_json(made).find(R"("path": "/d.raw")"), std::string::npos);
}

TEST_F(PlanTest, GivesADiskItsDoorbellsAsPorts) {
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = disk("/d.raw")});
  surroundings_.images["/d.raw"] = {.problem = {}, .help = {}, .size = base::kGiB};
  const Plan made = plan();
  const pci::PlannedFunction& device = made.root_bus[2].below.at(0);
  EXPECT_EQ(device.bars, emulated::VirtioFunction::planned_bars(true));
  EXPECT_GE(device.addresses[emulated::kPortBar], platform::kPciIoStart);
}

// There is I/O below fifteen ports: where more want some, none of vireo's own devices has any.
TEST_F(PlanTest, LeavesOutPortsWhereThereAreTooFew) {
  surroundings_.images["/d.raw"] = {.problem = {}, .help = {}, .size = base::kGiB};
  for (unsigned i = 0; i < 16; ++i)
    config_.pcie.root_ports.push_back({.name = "disk" + std::to_string(i), .emulated = disk("/d.raw")});
  const Plan made = plan();
  EXPECT_EQ(made.root_bus[2].below.at(0).bars, emulated::VirtioFunction::planned_bars(false));
  EXPECT_EQ(made.root_bus[17].below.at(0).bars, emulated::VirtioFunction::planned_bars(false));
}

// Which gives a bridge 4 KiB of I/O for it, and stops where there is none.
TEST_F(PlanTest, GivesNoPortsBelowAFirmware) {
  config_.boot = {.firmware = "seabios"};
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = disk("/d.raw")});
  const Plan made = plan();
  EXPECT_EQ(made.root_bus[2].below.at(0).bars, emulated::VirtioFunction::planned_bars(false));
}

// Two vectors of the VF's; the configuration's, and those of two ports' and the control's queues.
TEST_F(PlanTest, ShowsAConsolesPorts) {
  config::EmulatedConfig console{.kind = config::EmulatedKind::kConsole};
  console.ports = {{.socket = "/s"}, {.name = "log", .file = "/f"}};
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = console});
  EXPECT_NE(plan_text(plan()).find("virtio console@rp1  <- /s, log at /f"), std::string::npos);
  EXPECT_NE(plan_json(plan()).find(R"("socket": "/s")"), std::string::npos);
  EXPECT_EQ(plan().vectors, 9u);
}

TEST_F(PlanTest, SaysWhyAConsolesPortCannotBe) {
  config::EmulatedConfig console{.kind = config::EmulatedKind::kConsole};
  console.ports = {{.socket = "/s", .where = {.file = "g.yaml", .line = 9, .column = 4}}};
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = console});
  surroundings_.console_ports["/s"] = {.problem = "socket /s: somebody listens there already", .help = "end that one"};
  EXPECT_EQ(conflict().code, ExitCode::kHost);
  EXPECT_EQ(conflict().where.line, 9);
}

// What a VF's DMA pins anyway.
TEST_F(PlanTest, RegistersMemoryThatADeviceHasPinned) {
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = disk("/d.raw")});
  surroundings_.machine.locking.ignores_limit = true;
  EXPECT_TRUE(plan().registers_memory);
}

TEST_F(PlanTest, RegistersNoMemoryWithoutADisk) {
  surroundings_.machine.locking.ignores_limit = true;
  EXPECT_FALSE(plan().registers_memory);
}

// The user's other processes, and iommufd, are held to the same count.
TEST_F(PlanTest, RegistersNoMemoryWhereALimitCounts) {
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = disk("/d.raw")});
  surroundings_.machine.locking.ignores_limit = false;
  EXPECT_FALSE(plan().registers_memory);
}

// Two queues: 4 GiB have tables of 32 MiB.
TEST_F(PlanTest, RegistersNoMemoryThatTakesLargeTables) {
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = disk("/d.raw")});
  surroundings_.machine.locking.ignores_limit = true;
  config_.memory.size = 4 * base::kGiB;
  EXPECT_TRUE(plan().registers_memory);
  config_.memory.size += 2 * base::kMiB;
  EXPECT_FALSE(plan().registers_memory);
}

// A guest whose RAM comes as it is touched keeps that.
TEST_F(PlanTest, RegistersNoMemoryThatIsNotThereYet) {
  config_.pcie.root_ports = {{.name = "rp1", .emulated = disk("/d.raw")}};
  surroundings_.machine.locking.ignores_limit = true;
  EXPECT_FALSE(make_plan(config_, surroundings_).registers_memory);
  config_.memory.prefault = true;
  EXPECT_TRUE(make_plan(config_, surroundings_).registers_memory);
}

TEST_F(PlanTest, ShowsAnNvmeDisk) {
  config::EmulatedConfig nvme = disk("/d.raw");
  nvme.kind = config::EmulatedKind::kNvme;
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = nvme});
  surroundings_.images["/d.raw"] = {.problem = {}, .help = {}, .size = base::kGiB};
  const Plan made = plan();
  EXPECT_NE(plan_text(made).find("emulated nvme@rp1  <- /d.raw (1 GiB)"), std::string::npos);
  EXPECT_EQ(made.vectors, 5u);
}

// Two vectors of the VF's, four of the device's; INTx's two eventfds and a doorbell besides.
TEST_F(PlanTest, GivesATestDeviceAPlace) {
  if (!config::kTestDevices) GTEST_SKIP() << "not a build for tests";
  const Plan without = plan();
  config_.pcie.root_ports.push_back(
      {.name = "rp1", .emulated = config::EmulatedConfig{.kind = config::EmulatedKind::kTest}});
  const Plan made = plan();
  EXPECT_EQ(made.root_bus[2].below.at(0).bars, emulated::TestFunction::planned_bars());
  EXPECT_NE(plan_text(made).find("02:00.0 emulated test@rp1"), std::string::npos);
  EXPECT_EQ(made.vectors, 6u);
  EXPECT_EQ(made.files_needed, without.files_needed + 7);
}

// Two vectors of the VF's, three of the disk's.
TEST_F(PlanTest, CountsADisksVectorsAndFiles) {
  const Plan without = plan();
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = disk("/d.raw")});
  surroundings_.images["/d.raw"] = {.problem = {}, .help = {}, .size = base::kGiB};
  EXPECT_EQ(plan().vectors, 5u);
  EXPECT_EQ(plan().files_needed, without.files_needed + 14);
}

TEST_F(PlanTest, SaysWhyADiskCannotBeUsed) {
  config_.pcie.root_ports.push_back({.name = "rp1", .emulated = disk("/d.raw")});
  surroundings_.images["/d.raw"] = {.problem = "image /d.raw: it is empty", .help = "truncate", .size = 0};
  const Conflict found = conflict();
  EXPECT_EQ(found.code, ExitCode::kBootImage);
  EXPECT_EQ(found.where.line, 9);
  EXPECT_EQ(found.message, "image /d.raw: it is empty");
}

}  // namespace
}  // namespace vireo
