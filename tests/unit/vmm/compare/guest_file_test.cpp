#include "vmm/compare/guest_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vmm/compare/disk_medium.h"
#include "vmm/config/load.h"

namespace vireo::compare {
namespace {

using testing::HasSubstr;

class GuestFileTest : public testing::Test {
 protected:
  config::Config guest(const std::string& path) {
    return config::parse(guest_file(path, config, DiskMedium(config, medium).route(path), files), "g");
  }
  config::PortConfig port(const std::string& path) { return guest(path).pcie.root_ports.at(0); }

  config::CompareConfig config;
  DiskMedium::Facts medium{.node = "/dev/nvme0n1", .text = {}, .controller = "0000:01:00.0"};
  GuestFiles files{.kernel = "/boot/k", .modules = {}, .folder = "/tmp/x \"y\"", .vireo = {}, .agent = {}};
};

TEST_F(GuestFileTest, IsOneThatVireoRuns) {
  config.cpus = 2;
  const config::Config made = guest("virtio-blk");
  EXPECT_EQ(made.cpus, 2u);
  EXPECT_EQ(made.memory.size, 512 * base::kMiB);
  EXPECT_TRUE(made.memory.prefault);
  EXPECT_EQ(made.boot.kernel, "/boot/k");
  EXPECT_EQ(made.boot.initrd, "/tmp/x \"y\"/virtio-blk.initrd");
  EXPECT_THAT(made.boot.cmdline, HasSubstr("console=ttyS0"));
  EXPECT_EQ(made.on_reboot, config::OnReboot::kExit);
}

TEST_F(GuestFileTest, TakesMoreOfTheCommandLine) {
  config.cmdline = "mitigations=off";
  EXPECT_THAT(guest("nvme").boot.cmdline, testing::EndsWith(" mitigations=off"));
}

TEST_F(GuestFileTest, BootsAUsersImageBehindTheMedium) {
  config.image = "/images/debian.raw";
  config.firmware = "ovmf";
  files.agent = "/proc/1/fd/3";
  const config::Config made = guest("virtio-blk");
  EXPECT_EQ(made.boot.firmware, "ovmf");
  EXPECT_EQ(made.boot.kernel, "");
  EXPECT_EQ(made.boot.disk, "system");
  ASSERT_EQ(made.pcie.root_ports.size(), 3u);
  EXPECT_EQ(made.pcie.root_ports[0].emulated->disk.image, "/dev/nvme0n1");
  EXPECT_EQ(made.pcie.root_ports[1].name, "system");
  EXPECT_EQ(made.pcie.root_ports[1].emulated->disk.image, "/tmp/x \"y\"/virtio-blk.raw");
  EXPECT_FALSE(made.pcie.root_ports[1].emulated->disk.read_only);
  EXPECT_EQ(made.cloud_init->user_data, "/tmp/x \"y\"/user-data");
  EXPECT_EQ(made.cloud_init->files.at("agent"), "/proc/1/fd/3");
}

TEST_F(GuestFileTest, HasAVfOfTheController) {
  const config::VfConfig vf = port("vf").functions.at(0).vf.value();
  EXPECT_EQ(vf.pf, "0000:01:00.0");
  EXPECT_EQ(vf.create, 1u);
  EXPECT_FALSE(vf.queues);
}

TEST_F(GuestFileTest, HoldsAVfToWhatTheFileSays) {
  config.vf = config::VfConfig{.pf = {}, .policy = {{"trust", "on"}, {"vlan", "10"}}, .namespaces = {}};
  EXPECT_EQ(port("vf").functions.at(0).vf->policy, config.vf->policy);
}

TEST_F(GuestFileTest, GivesAVfWhatItsCpusNeed) {
  medium.has_virtual_resources = true;
  config.cpus = 3;
  config.name_space = 2;
  const config::VfConfig vf = port("vf").functions.at(0).vf.value();
  EXPECT_EQ(vf.queues, 4u);
  EXPECT_EQ(vf.interrupts, 4u);
  EXPECT_EQ(vf.namespaces, std::vector{2u});
}

TEST_F(GuestFileTest, GivesAVfWhatTheFileSays) {
  medium.has_virtual_resources = true;
  config.vf =
      config::VfConfig{.pf = {}, .index = 1, .create = 4, .policy = {}, .queues = 9, .interrupts = 8, .namespaces = {}};
  const config::VfConfig vf = port("vf").functions.at(0).vf.value();
  EXPECT_EQ(vf.index, 1u);
  EXPECT_EQ(vf.create, 4u);
  EXPECT_EQ(vf.queues, 9u);
  EXPECT_EQ(vf.interrupts, 8u);
}

TEST_F(GuestFileTest, ReadsTheMediumAndDoesNotWriteIt) {
  for (const char* path : {"virtio-blk", "nvme"}) {
    const config::EmulatedConfig disk = port(path).emulated.value();
    EXPECT_EQ(disk.disk.image, "/dev/nvme0n1");
    EXPECT_TRUE(disk.disk.read_only);
    EXPECT_TRUE(disk.disk.direct);
  }
  EXPECT_EQ(port("virtio-blk").emulated->kind, config::EmulatedKind::kBlock);
  EXPECT_EQ(port("nvme").emulated->kind, config::EmulatedKind::kNvme);
}

TEST_F(GuestFileTest, WritesWhereItIsToWrite) {
  config.operation = config::CompareConfig::Operation::kWrite;
  EXPECT_FALSE(port("virtio-blk").emulated->disk.read_only);
}

TEST_F(GuestFileTest, HasTheWholeController) {
  EXPECT_EQ(port("pf").functions.at(0).vfio, "0000:01:00.0");
}

TEST_F(GuestFileTest, TakesAPathsOwnBlockDevice) {
  config.backing["nvme"] = "/dev/mapper/slow";
  EXPECT_EQ(port("nvme").emulated->disk.image, "/dev/mapper/slow");
  EXPECT_EQ(port("virtio-blk").emulated->disk.image, "/dev/nvme0n1");
}

}  // namespace
}  // namespace vireo::compare
