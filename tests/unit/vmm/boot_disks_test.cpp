// Which disk firmware boots from, and how it is told.
#include "vmm/boot_disks.h"

#include <gmock/gmock.h>

#include "tests/unit/vmm/plan_fixture.h"

namespace vireo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kNvme = "0000:01:00.1";  // the fixture's, at rp0

config::PortConfig port_with(const std::string& name, config::EmulatedKind kind) {
  return {.name = name, .emulated = config::EmulatedConfig{.kind = kind, .disk = {.image = "/d"}}};
}

class BootDisks : public PlanTest {
 protected:
  BootDisks() {
    config_.boot.kernel.clear();
    config_.boot.firmware = "seabios";
    config_.boot.firmware_where = {.file = "g.yaml", .line = 4, .column = 5};
    config_.boot.disk_where = {.file = "g.yaml", .line = 6, .column = 7};
  }
  std::vector<config::PortConfig>& ports() { return config_.pcie.root_ports; }
  void add(const std::string& name, config::EmulatedKind kind) { ports().push_back(port_with(name, kind)); }
  // A switch with a port `below` that has a virtio disk, behind a root port.
  void add_switch(const std::string& below) {
    ports().push_back(
        {.name = "sw-rp",
         .downstream = {{.name = "sw", .ports = {{.name = "empty"}, port_with(below, config::EmulatedKind::kBlock)}}}});
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const BootDisk& disk : boot_disks(plan())) all.push_back(disk.function);
    return all;
  }
  std::vector<std::string> paths() {
    std::vector<std::string> all;
    for (const BootDisk& disk : boot_disks(plan())) all.push_back(disk.path);
    return all;
  }
};

TEST_F(BootDisks, BeginWithEmulatedOnes) {
  add("rp1", config::EmulatedKind::kBlock);
  add("rp2", config::EmulatedKind::kNvme);
  EXPECT_THAT(names(), ElementsAre("block@rp1", "nvme@rp2", kNvme));
}

TEST_F(BootDisks, AreInTheFilesOrder) {
  ports().clear();
  add("z", config::EmulatedKind::kBlock);
  add("a", config::EmulatedKind::kBlock);
  EXPECT_THAT(names(), ElementsAre("block@z", "block@a"));
}

TEST_F(BootDisks, BeginWithTheFilesChoice) {
  add("rp1", config::EmulatedKind::kBlock);
  add("rp2", config::EmulatedKind::kBlock);
  config_.boot.disk = "rp2";
  EXPECT_THAT(names(), ElementsAre("block@rp2", "block@rp1", kNvme));
}

TEST_F(BootDisks, MayBeginWithADeviceOfTheHosts) {
  add("rp1", config::EmulatedKind::kBlock);
  config_.boot.disk = "rp0";
  EXPECT_THAT(names(), ElementsAre(kNvme, "block@rp1"));
}

TEST_F(BootDisks, MayBeginWithOneBehindASwitch) {
  add("rp1", config::EmulatedKind::kBlock);
  add_switch("dp");
  config_.boot.disk = "dp";
  EXPECT_THAT(names(), ElementsAre("block@dp", "block@rp1", kNvme));
}

// IEEE 1275 PCI bus binding 2.1, 2.2.1.1: NAME@DEVICE[,FUNCTION], hexadecimal. QEMU calls its devices so.
TEST_F(BootDisks, ArePathsOfNvmeDevices) {
  EXPECT_THAT(paths(), ElementsAre("/pci@i0cf8/pci-bridge@1/nvme@0"));
}

TEST_F(BootDisks, ArePathsOfEmulatedNvme) {
  ports().clear();
  add("rp1", config::EmulatedKind::kNvme);
  EXPECT_THAT(paths(), ElementsAre("/pci@i0cf8/pci-bridge@1/nvme@0"));
}

TEST_F(BootDisks, ArePathsOfVirtio) {
  ports().clear();
  add("rp1", config::EmulatedKind::kBlock);
  EXPECT_THAT(paths(), ElementsAre("/pci@i0cf8/pci-bridge@1/scsi@0/disk@0,0"));
}

TEST_F(BootDisks, ArePathsThroughSwitches) {
  ports().clear();
  add_switch("dp");
  EXPECT_THAT(paths(), ElementsAre("/pci@i0cf8/pci-bridge@1/pci-bridge@0/pci-bridge@1/scsi@0/disk@0,0"));
}

TEST_F(BootDisks, ArePathsInHexadecimal) {
  ports()[0].device_number = 0x1e;
  EXPECT_THAT(paths(), ElementsAre("/pci@i0cf8/pci-bridge@1e/nvme@0"));
}

TEST_F(BootDisks, ArePathsWithFunctions) {
  ports()[0].functions.push_back({.vfio = "0000:01:00.2"});
  surroundings_.devices["0000:01:00.2"] = {.address = "0000:01:00.2", .facts = facts_};
  EXPECT_THAT(paths(), ElementsAre("/pci@i0cf8/pci-bridge@1/nvme@0", "/pci@i0cf8/pci-bridge@1/nvme@0,1"));
}

TEST_F(BootDisks, AreNoOtherDevices) {
  facts_.class_code = 0x020000;
  add("rp1", config::EmulatedKind::kEntropy);
  add("rp2", config::EmulatedKind::kNet);
  EXPECT_THAT(names(), IsEmpty());
}

// Class 01h, subclass 06h: a SATA controller. Firmware has drivers for it, but no name that we know.
TEST_F(BootDisks, AreNotWhatCloudInitReads) {
  add("cloud-init", config::EmulatedKind::kBlock);
  ports().back().emulated->disk.seed = true;
  EXPECT_THAT(names(), ElementsAre(kNvme));
}

TEST_F(BootDisks, AreNoOtherControllersOfTheHosts) {
  facts_.class_code = 0x010601;
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(BootDisks, ThatAreThereAreNoConflict) {
  EXPECT_THAT(plan().conflicts, IsEmpty());
}

TEST_F(BootDisks, ThatAreThereByNameAreNoConflict) {
  config_.boot.disk = "rp0";
  EXPECT_THAT(plan().conflicts, IsEmpty());
}

TEST_F(BootDisks, ThatAreMissingAreAConflict) {
  facts_.class_code = 0x020000;
  const Conflict found = conflict();
  EXPECT_EQ(found.code, base::ExitCode::kConfig);
  EXPECT_EQ(found.where.line, 4);
  EXPECT_THAT(found.message, HasSubstr("no disk that firmware boots from"));
}

TEST_F(BootDisks, ThatAreNotAtThePortAreAConflict) {
  ports().push_back({.name = "rp1"});
  config_.boot.disk = "rp1";
  const Conflict found = conflict();
  EXPECT_EQ(found.code, base::ExitCode::kConfig);
  EXPECT_EQ(found.where.line, 6);
  EXPECT_THAT(found.message, HasSubstr("there is no disk at a port rp1"));
}

// It names no port of its own: the disks are at the switch's ports.
TEST_F(BootDisks, ThatAreBehindTheNamedPortsSwitchAreAConflict) {
  add_switch("dp");
  config_.boot.disk = "sw-rp";
  EXPECT_THAT(conflict().message, HasSubstr("there is no disk at a port sw-rp"));
}

TEST_F(BootDisks, ThatAreMissingDoNotMatterToAKernel) {
  config_.boot.firmware.clear();
  config_.boot.kernel = "/k";
  facts_.class_code = 0x020000;
  EXPECT_THAT(plan().conflicts, IsEmpty());
}

}  // namespace
}  // namespace vireo
