#include "vmm/config/pcie_keys.h"

#include <gtest/gtest.h>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

TEST(Pcie, TakesAForcedDevice) {
  const auto ports = ports_of("  - {root_port: a, device: {vfio: 01:00.0, force: true}}\n");
  EXPECT_TRUE(ports.at(0).functions.at(0).force);
}

TEST(Pcie, TakesHowADeviceIsClaimed) {
  const auto ports =
      ports_of("  - {root_port: a, device: {vfio: 01:00.0, companions: true, driver: mlx5_vfio_pci, power: on}}\n");
  const DeviceConfig& device = ports.at(0).functions.at(0);
  EXPECT_TRUE(device.companions);
  EXPECT_EQ(device.driver, "mlx5_vfio_pci");
  EXPECT_EQ(device.power, "on");
}

TEST(Pcie, RefusesHowADeviceIsNotClaimed) {
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, driver: nvme}}\n")
                .find("`nvme` is no driver of VFIO's"),
            std::string::npos);
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, driver: ../vfio-pci}}\n")
                .find("`../vfio-pci` is no driver of VFIO's"),
            std::string::npos);
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, power: off}}\n").find("`off` is no `power`"),
            std::string::npos);
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
  EXPECT_NE(message_for_pcie("  - {root_port: a, device: 01:00.0}\n").find("its keys: vfio, expect, vf, force"),
            std::string::npos);
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
