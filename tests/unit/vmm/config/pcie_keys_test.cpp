#include "vmm/config/pcie_keys.h"

#include <gtest/gtest.h>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

std::string message_for_pcie(const std::string& entries) {
  return message_for(kHead + "pcie:\n" + entries);
}

std::vector<PortConfig> ports_of(const std::string& entries) {
  return parse(kHead + "pcie:\n" + entries, "g.yaml").pcie.root_ports;
}

TEST(Pcie, TakesAForcedDevice) {
  const auto ports = ports_of("  - {root_port: a, device: {vfio: 01:00.0, force: true}}\n");
  EXPECT_TRUE(ports.at(0).functions.at(0).force);
}

TEST(Pcie, TakesADeviceOfSeveralFunctions) {
  const auto ports = ports_of("  - {root_port: a, functions: [{vfio: 01:00.0}, {vfio: 01:00.1, trap: [0, 2]}]}\n");
  ASSERT_EQ(ports.at(0).functions.size(), 2u);
  EXPECT_EQ(ports.at(0).functions.at(1).vfio, "0000:01:00.1");
  EXPECT_EQ(ports.at(0).functions.at(1).trapped_bars, (std::vector<unsigned>{0, 2}));
}

TEST(Pcie, RefusesADeviceBesideFunctions) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0}, functions: [{vfio: 01:00.1}]}\n")
                .find("a port has one device"),
            std::string::npos);
}

TEST(Pcie, RefusesNineFunctions) {
  const std::string one = "{vfio: 01:00.0}";
  std::string list = one;
  for (int i = 0; i < 8; ++i) list += ", " + one;
  EXPECT_NE(message_for_pcie("  - {root_port: a, functions: [" + list + "]}\n").find("has 1 to 8 functions, not 9"),
            std::string::npos);
}

TEST(Pcie, RefusesToTrapABarThatNoDeviceHas) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, trap: [6]}}\n").find("6"), std::string::npos);
}

TEST(Pcie, TakesAVirtioDevice) {
  const auto ports = ports_of("  - {root_port: a, device: {virtio: rng, ring: split}}\n");
  ASSERT_TRUE(ports.at(0).emulated);
  EXPECT_EQ(ports.at(0).emulated->kind, EmulatedKind::kEntropy);
  EXPECT_TRUE(ports.at(0).emulated->split_ring);
  EXPECT_TRUE(ports.at(0).functions.empty());
}

TEST(Pcie, TakesADisk) {
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

TEST(Pcie, TakesAnNvmeDisk) {
  const auto ports = ports_of("  - {root_port: a, device: {emulated: nvme, image: /d.raw, serial: S}}\n");
  EXPECT_EQ(ports.at(0).emulated.value().kind, EmulatedKind::kNvme);
  EXPECT_EQ(ports.at(0).emulated.value().disk.image, "/d.raw");
  EXPECT_EQ(ports.at(0).emulated.value().disk.queues, 2u);
}

TEST(Pcie, RefusesOtherEmulatedDevices) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {emulated: nvmee, image: /d}}\n").find("is no other device"),
            std::string::npos);
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {emulated: nvme, image: /d, ring: split}}\n").find("ring"),
            std::string::npos);
}

TEST(Pcie, TakesAConsole) {
  const auto ports =
      ports_of("  - {root_port: a, device: {virtio: console, ports: [{socket: /s}, {name: log, file: /f}]}}\n");
  const EmulatedConfig& console = ports.at(0).emulated.value();
  EXPECT_EQ(console.kind, EmulatedKind::kConsole);
  ASSERT_EQ(console.ports.size(), 2u);
  EXPECT_EQ(console.ports[0].socket, "/s");
  EXPECT_EQ(console.ports[1].name, "log");
  EXPECT_EQ(console.ports[1].file, "/f");
}

TEST(Pcie, RefusesAConsoleThatCannotBe) {
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

TEST(Pcie, RefusesADiskWithoutAnImage) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: block}}\n").find("lacks `image`"), std::string::npos);
}

TEST(Pcie, RefusesASerialNumberThatIsNone) {
  for (const char* serial : {"''", "'a b'", "a/b", "123456789012345678901"})
    EXPECT_NE(message_for_pcie(std::string("  - {root_port: a, device: {virtio: block, image: /d, serial: ") + serial +
                               "}}\n")
                  .find("is no serial number"),
              std::string::npos);
}

TEST(Pcie, TakesANic) {
  const auto ports =
      ports_of("  - {root_port: a, device: {virtio: net, tap: tap0, mac: '02:00:5E:10:00:ff', mtu: 9000}}\n");
  const NetConfig& net = ports.at(0).emulated.value().net;
  EXPECT_EQ(net.tap, "tap0");
  EXPECT_EQ(net.mac, (std::array<uint8_t, 6>{2, 0, 0x5e, 0x10, 0, 0xff}));
  EXPECT_EQ(net.mtu, 9000);
}

TEST(Pcie, TakesANicWithoutPrivileges) {
  const auto ports = ports_of("  - {root_port: a, device: {virtio: net, passt: /run/p}}\n");
  EXPECT_EQ(ports.at(0).emulated.value().net.socket, "/run/p");
}

TEST(Pcie, RefusesANicThatLeadsNowhere) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: net}}\n").find("lacks its way out"),
            std::string::npos);
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: net, tap: t, passt: /p}}\n").find("one way out"),
            std::string::npos);
}

TEST(Pcie, RefusesAMacThatIsNoStations) {
  for (const char* mac :
       {"01:00:00:00:00:01", "02:00:00:00:00", "0200.0000.0001", "00:00:00:00:00:00", "02-00-00-00-00-01"})
    EXPECT_NE(message_for_pcie(std::string("  - {root_port: a, device: {virtio: net, tap: t, mac: '") + mac + "'}}\n")
                  .find("no station's MAC address"),
              std::string::npos);
}

TEST(Pcie, RefusesOneImageOfTwoWriters) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: block, image: /d}}\n"
                             "  - {root_port: b, device: {virtio: block, image: /d}}\n")
                .find("the image /d stands twice"),
            std::string::npos);
}

// One mistake, not one for each key that the kind would decide on.
TEST(Pcie, RefusesAVirtioDeviceThatThereIsNot) {
  const std::string message = message_for_pcie("  - {root_port: a, device: {virtio: toaster, image: /d}}\n");
  EXPECT_NE(message.find("no virtio device that vireo has"), std::string::npos);
  EXPECT_EQ(message.find("error:"), message.rfind("error:"));
}

TEST(Pcie, RefusesWhatAVirtioDeviceHasNot) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: rng, force: true}}\n").find("force"),
            std::string::npos);
}

TEST(Pcie, RefusesAVirtioDeviceBesideAnother) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: rng}, functions: [{vfio: 01:00.0}]}\n")
                .find("a port has one device"),
            std::string::npos);
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {virtio: rng}, switch: {name: s, ports: []}}\n")
                .find("a device and a switch"),
            std::string::npos);
}

TEST(Pcie, TakesWhatADevicesFailureDoes) {
  const auto ports = ports_of("  - {root_port: a, device: {vfio: 01:00.0, on_error: detach}}\n");
  EXPECT_EQ(ports.at(0).functions.at(0).on_error, OnError::kDetach);
}

TEST(Pcie, RefusesAFailureThatDoesSomethingElse) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, on_error: ignore}}\n")
                .find("stop, detach or report"),
            std::string::npos);
}

TEST(Pcie, TakesHowLongARemovalMayTake) {
  const auto ports = ports_of("  - {root_port: a, device: {vfio: 01:00.0, on_error: report, removal_timeout: 5}}\n");
  EXPECT_EQ(ports.at(0).functions.at(0).on_error, OnError::kReport);
  EXPECT_EQ(ports.at(0).functions.at(0).removal_timeout, 5u);
}

TEST(Pcie, TakesAVfToken) {
  const std::string token = "00112233-4455-6677-8899-aabbccddeeff";
  const auto ports = ports_of("  - {root_port: a, device: {vfio: 01:00.0, vf_token: " + token + "}}\n");
  EXPECT_EQ(ports.at(0).functions.at(0).vf_token, token);
}

TEST(Pcie, RefusesAVfTokenThatIsNoUuid) {
  for (const std::string text :
       {"secret", "00112233-4455-6677-8899-aabbccddeefg", "001122334455-6677-8899-aabbccddeeff-"})
    EXPECT_NE(
        message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, vf_token: " + text + "}}\n").find("is not a UUID"),
        std::string::npos);
}

TEST(Pcie, TakesSizesOfBars) {
  const auto ports = ports_of("  - {root_port: a, device: {vfio: 01:00.0, bar_size: {0: 16GiB, 2: 32MiB}}}\n");
  const std::map<unsigned, uint64_t> wanted{{0, uint64_t{16} << 30}, {2, 32u << 20}};
  EXPECT_EQ(ports.at(0).functions.at(0).bar_sizes, wanted);
}

TEST(Pcie, RefusesSizesThatNoBarHas) {
  for (const std::string text : {"{0: 3GiB}", "{0: 4KiB}", "{0: big}"})
    EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, bar_size: " + text + "}}\n")
                  .find("is not a size that a BAR can have"),
              std::string::npos);
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, bar_size: {6: 1MiB}}}\n").find("is no BAR"),
            std::string::npos);
}

TEST(Pcie, TakesAClique) {
  const auto ports = ports_of("  - {root_port: a, device: {vfio: 01:00.0, gpudirect_clique: 3}}\n");
  EXPECT_EQ(ports.at(0).functions.at(0).gpudirect_clique, 3);
}

TEST(Pcie, TakesWaysToReset) {
  const auto ports = ports_of(
      "  - {root_port: a, device: {vfio: 01:00.0, reset: bus}}\n"
      "  - {root_port: b, device: {vfio: 01:00.1, reset: [flr, pm]}}\n");
  EXPECT_EQ(ports.at(0).functions.at(0).reset_methods, (std::vector<std::string>{"bus"}));
  EXPECT_EQ(ports.at(1).functions.at(0).reset_methods, (std::vector<std::string>{"flr", "pm"}));
}

TEST(Pcie, RefusesAnotherWayToReset) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, reset: hammer}}\n")
                .find("is not a way to reset a device"),
            std::string::npos);
}

TEST(Pcie, TakesADeviceNumber) {
  const auto ports = ports_of("  - {root_port: a, address: 3}\n");
  EXPECT_EQ(ports.at(0).device_number, 3);
  EXPECT_FALSE(ports.at(0).function_number);
}

TEST(Pcie, TakesAFunctionNumber) {
  const auto ports = ports_of("  - {root_port: a, address: \"3.1\"}\n");
  EXPECT_EQ(ports.at(0).device_number, 3);
  EXPECT_EQ(ports.at(0).function_number, 1);
}

TEST(Pcie, PutsASwitchBehindARootPortOfItsOwn) {
  const auto ports = ports_of("  - {switch: s, ports: [{name: d, device: {vfio: 01:00.0}}]}\n");
  EXPECT_EQ(ports.at(0).name, "s-rp");
  EXPECT_EQ(ports.at(0).downstream.at(0).name, "s");
  EXPECT_EQ(ports.at(0).downstream.at(0).ports.at(0).functions.at(0).vfio, "0000:01:00.0");
}

TEST(Pcie, NestsSwitches) {
  const auto ports = ports_of("  - {switch: s, ports: [{name: d, switch: {name: t, ports: [{name: e}]}}]}\n");
  EXPECT_EQ(ports.at(0).downstream.at(0).ports.at(0).downstream.at(0).ports.at(0).name, "e");
}

TEST(Pcie, RefusesAnAddressThatIsTaken) {
  const std::string message = message_for_pcie("  - {root_port: a, address: 3}\n  - {root_port: b, address: 3.0}\n");
  EXPECT_NE(message.find("g.yaml:6:5: error: the address 3.0 stands twice"), std::string::npos) << message;
}

TEST(Pcie, RefusesADeviceNumberOver31) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, address: 32}\n").find("is not an address on a bus"),
            std::string::npos);
}

TEST(Pcie, RefusesTheSameDeviceTwiceNamingBothPlaces) {
  EXPECT_EQ(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0}}\n"
                             "  - {switch: s, ports: [{name: d, device: {vfio: 0000:01:00.0}}]}\n"),
            "g.yaml:6:50: error: the device 0000:01:00.0 stands twice\n"
            " 6 |   - {switch: s, ports: [{name: d, device: {vfio: 0000:01:00.0}}]}\n"
            "   |                                                  ^\n"
            "help: it stands in g.yaml:5 already");
}

TEST(Pcie, RefusesTheSameNameTwice) {
  EXPECT_NE(message_for_pcie("  - {root_port: a}\n  - {switch: s, ports: [{name: a}]}\n").find("the name a stands"),
            std::string::npos);
}

TEST(Pcie, RefusesTheNameOfAFixedDevice) {
  EXPECT_NE(message_for_pcie("  - {root_port: lpc-bridge}\n").find("is taken"), std::string::npos);
}

TEST(Pcie, RefusesADownstreamPortWithoutAName) {
  EXPECT_NE(message_for_pcie("  - {switch: s, ports: [{device: {vfio: 01:00.0}}]}\n").find("lacks `name`"),
            std::string::npos);
}

TEST(Pcie, RefusesASwitchWithoutPorts) {
  EXPECT_NE(message_for_pcie("  - {switch: s}\n").find("lacks `ports`"), std::string::npos);
}

TEST(Pcie, SaysWhatADeviceConsistsOf) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: 01:00.0}\n").find("its keys: vfio, force"), std::string::npos);
}

TEST(Pcie, SaysHowEntriesBegin) {
  EXPECT_NE(message_for(kHead + "pcie: {root_port: a}\n").find("`- root_port: NAME`"), std::string::npos);
}

TEST(Pcie, RefusesAnUnknownKeyOfADevice) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfoi: 01:00.0}}\n").find("did you mean `vfio`?"),
            std::string::npos);
}

}  // namespace
}  // namespace vireo::config
