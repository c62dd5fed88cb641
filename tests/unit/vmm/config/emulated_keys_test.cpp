#include "vmm/config/emulated_keys.h"

#include <gtest/gtest.h>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

TEST(Emulated, TakesAVirtioDevice) {
  const auto ports = ports_of("  - {root_port: a, device: {virtio: rng, ring: split}}\n");
  ASSERT_TRUE(ports.at(0).emulated);
  EXPECT_EQ(ports.at(0).emulated->kind, EmulatedKind::kEntropy);
  EXPECT_TRUE(ports.at(0).emulated->split_ring);
  EXPECT_TRUE(ports.at(0).functions.empty());
}

TEST(Emulated, TakesADisk) {
  const auto ports = ports_of(
      "  - {root_port: a, device: {virtio: block, image: /d.raw, read_only: true, direct: true, serial: 4711, queues: "
      "4, "
      "on_error: wait}}\n");
  const DiskConfig& disk = ports.at(0).emulated.value().disk;
  EXPECT_EQ(disk.image, "/d.raw");
  EXPECT_TRUE(disk.read_only);
  EXPECT_TRUE(disk.direct);
  EXPECT_EQ(disk.serial, "4711");
  EXPECT_EQ(disk.queues, 4u);
  EXPECT_TRUE(disk.waits_on_errors);
}

TEST(Emulated, TakesAnNvmeDisk) {
  const auto ports = ports_of("  - {root_port: a, device: {emulated: nvme, image: /d.raw, serial: S}}\n");
  EXPECT_EQ(ports.at(0).emulated.value().kind, EmulatedKind::kNvme);
  EXPECT_EQ(ports.at(0).emulated.value().disk.image, "/d.raw");
  EXPECT_EQ(ports.at(0).emulated.value().disk.queues, 2u);
}

TEST(Emulated, RefusesOtherEmulatedDevices) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {emulated: nvmee, image: /d}}\n").find("is no other device"),
            std::string::npos);
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {emulated: nvme, image: /d, ring: split}}\n").find("ring"),
            std::string::npos);
}

TEST(Emulated, TakesATestDeviceInABuildForTests) {
  if (!kTestDevices) GTEST_SKIP() << "not a build for tests";
  const auto ports = ports_of("  - {root_port: a, device: {emulated: test}}\n");
  EXPECT_EQ(ports.at(0).emulated.value().kind, EmulatedKind::kTest);
}

// What a release and a build for tests choose from.
TEST(Emulated, HasATestDeviceAmongItsChoicesOnlyForTests) {
  EXPECT_EQ(other_kinds<false>().size(), 1u);
  EXPECT_STREQ(other_kinds<false>()[0].word, "nvme");
  EXPECT_STREQ(other_kinds<true>()[1].word, "test");
}

TEST(Emulated, TakesAConsole) {
  const auto ports =
      ports_of("  - {root_port: a, device: {virtio: console, ports: [{socket: /s}, {name: log, file: /f}]}}\n");
  const EmulatedConfig& console = ports.at(0).emulated.value();
  EXPECT_EQ(console.kind, EmulatedKind::kConsole);
  ASSERT_EQ(console.ports.size(), 2u);
  EXPECT_EQ(console.ports[0].socket, "/s");
  EXPECT_EQ(console.ports[1].name, "log");
  EXPECT_EQ(console.ports[1].file, "/f");
}

TEST(Emulated, RefusesAConsoleThatCannotBe) {
  const auto message = [](const std::string& list) {
    return message_for_pcie("  - {root_port: a, device: {virtio: console, ports: " + list + "}}\n");
  };
  EXPECT_NE(message("[]").find("1 to 15 ports, not 0"), std::string::npos);
  EXPECT_NE(message("/s").find("must be a list"), std::string::npos);
  EXPECT_NE(message("[{name: a}]").find("one way out"), std::string::npos);
  EXPECT_NE(message("[{socket: /s, file: /f}]").find("one way out"), std::string::npos);
  EXPECT_NE(message("[{name: a, file: /f}, {name: a, file: /g}]").find("the port a stands twice"), std::string::npos);
  EXPECT_NE(message("[{file: /f}, {file: /f}]").find("the console port at /f stands twice"), std::string::npos);
  EXPECT_NE(message("[{sockt: /s}]").find("`socket`"), std::string::npos);
}

TEST(Emulated, RefusesADiskWithoutAnImage) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: block}}\n").find("lacks `image`"), std::string::npos);
}

TEST(Emulated, RefusesASerialNumberThatIsNone) {
  for (const char* serial : {"''", "'a b'", "a/b", "123456789012345678901"})
    EXPECT_NE(message_for_pcie(std::string("  - {root_port: a, device: {virtio: block, image: /d, serial: ") + serial +
                               "}}\n")
                  .find("is no serial number"),
              std::string::npos);
}

TEST(Emulated, TakesANic) {
  const auto ports = ports_of(
      "  - {root_port: a, device: {virtio: net, tap: tap0, mac: '02:00:5E:10:00:ff', mtu: 9000, queues: 4}}\n");
  const NetConfig& net = ports.at(0).emulated.value().net;
  EXPECT_EQ(net.tap, "tap0");
  EXPECT_EQ(net.mac, (std::array<uint8_t, 6>{2, 0, 0x5e, 0x10, 0, 0xff}));
  EXPECT_EQ(net.mtu, 9000);
  EXPECT_EQ(net.queues, 4u);
}

TEST(Emulated, TakesANicWithoutPrivileges) {
  const auto ports = ports_of("  - {root_port: a, device: {virtio: net, passt: /run/p}}\n");
  EXPECT_EQ(ports.at(0).emulated.value().net.socket, "/run/p");
}

TEST(Emulated, RefusesANicThatLeadsNowhere) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: net}}\n").find("lacks its way out"),
            std::string::npos);
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: net, tap: t, passt: /p}}\n").find("one way out"),
            std::string::npos);
}

TEST(Emulated, RefusesQueuesThatANicCannotHave) {
  for (const char* queues : {"0", "17", "many"})
    EXPECT_NE(
        message_for_pcie(std::string("  - {root_port: a, device: {virtio: net, tap: t, queues: ") + queues + "}}\n"),
        "")
        << queues;
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: net, passt: /p, queues: 2}}\n")
                .find("passt has one pair of queues"),
            std::string::npos);
}

TEST(Emulated, RefusesAMacThatIsNoStations) {
  for (const char* mac :
       {"01:00:00:00:00:01", "02:00:00:00:00", "0200.0000.0001", "00:00:00:00:00:00", "02-00-00-00-00-01"})
    EXPECT_NE(message_for_pcie(std::string("  - {root_port: a, device: {virtio: net, tap: t, mac: '") + mac + "'}}\n")
                  .find("no station's MAC address"),
              std::string::npos);
}

TEST(Emulated, RefusesOneImageOfTwoWriters) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: block, image: /d}}\n"
                             "  - {root_port: b, device: {virtio: block, image: /d}}\n")
                .find("the image /d stands twice"),
            std::string::npos);
}

// One mistake, not one for each key that the kind would decide on.
TEST(Emulated, RefusesAVirtioDeviceThatThereIsNot) {
  const std::string message = message_for_pcie("  - {root_port: a, device: {virtio: toaster, image: /d}}\n");
  EXPECT_NE(message.find("no virtio device that vireo has"), std::string::npos);
  EXPECT_EQ(message.find("error:"), message.rfind("error:"));
}

TEST(Emulated, RefusesWhatAVirtioDeviceHasNot) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: rng, force: true}}\n").find("force"),
            std::string::npos);
}

TEST(Emulated, RefusesAVirtioDeviceBesideAnother) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: rng}, functions: [{vfio: 01:00.0}]}\n")
                .find("a port has one device"),
            std::string::npos);
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: rng}, switch: {name: s, ports: []}}\n")
                .find("a device and a switch"),
            std::string::npos);
}

}  // namespace
}  // namespace vireo::config
