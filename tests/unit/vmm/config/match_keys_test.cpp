#include "vmm/config/match_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string with(const std::string& keys) {
  return kHead + "pcie:\n  - {root_port: a, device: {" + keys + "}}\n";
}

DeviceConfig device_of(const std::string& keys) {
  return parse(with(keys), "g.yaml").pcie.root_ports[0].functions.at(0);
}

TEST(MatchKeys, AreWhatADeviceIsKnownBy) {
  const DeviceConfig device = device_of("vfio: {id: 8086:15AB, mac: 52:54:00:00:00:0A, index: 1}");
  EXPECT_TRUE(device.vfio.empty());
  EXPECT_THAT(device.match.value().values, ElementsAre(Pair("id", "8086:15ab"), Pair("mac", "52:54:00:00:00:0a")));
  EXPECT_EQ(device.match->index, 1u);
}

TEST(MatchKeys, TakeNames) {
  const DeviceConfig device = device_of(
      "vfio: {pci_path: 0000:00/1c.0/00.1, interface: eth1, nvme_serial: S4, namespace: eui.01, serial: 4711}");
  EXPECT_EQ(device.match.value().values.size(), 5u);
  EXPECT_EQ(device.match->values.at("serial"), "4711");
}

TEST(MatchKeys, RefuseWhatIsNone) {
  EXPECT_THAT(message_for(with("vfio: {id: 8086}")), HasSubstr("`8086` is no vendor and device"));
  EXPECT_THAT(message_for(with("vfio: {mac: eth1}")), HasSubstr("`eth1` is no station's MAC address"));
  EXPECT_THAT(message_for(with("vfio: {}")), HasSubstr("vfio says nothing of it"));
  EXPECT_THAT(message_for(with("vfio: {index: 1}")), HasSubstr("vfio says nothing of it"));
}

TEST(MatchKeys, OfferTheNearest) {
  EXPECT_THAT(message_for(with("vfio: {interfaec: eth1}")), HasSubstr("did you mean `interface`?"));
}

TEST(ExpectKeys, StandBesideAnAddress) {
  const DeviceConfig device = device_of("vfio: 01:00.0, expect: {serial: 4711}");
  EXPECT_EQ(device.vfio, "0000:01:00.0");
  EXPECT_THAT(device.expect, ElementsAre(Pair("serial", "4711")));
}

TEST(ExpectKeys, HaveNoIndex) {
  EXPECT_THAT(message_for(with("vfio: 01:00.0, expect: {id: 8086:1521, index: 0}")), HasSubstr("`index`"));
}

// What the environment says, for the time of a test.
class EnvironmentAddress : public testing::Test {
 protected:
  static void set(const char* value) { ::setenv("PCIDEVICE_TEST", value, 1); }
  ~EnvironmentAddress() override { ::unsetenv("PCIDEVICE_TEST"); }
};

TEST_F(EnvironmentAddress, IsTaken) {
  set("0000:03:02.1");
  EXPECT_EQ(device_of("vfio: \"${PCIDEVICE_TEST}\"").vfio, "0000:03:02.1");
}

TEST_F(EnvironmentAddress, IsOneOfSeveral) {
  set("0000:03:02.1,0000:03:02.2");
  EXPECT_EQ(device_of("vfio: \"${PCIDEVICE_TEST[1]}\"").vfio, "0000:03:02.2");
}

TEST_F(EnvironmentAddress, IsChosenOfSeveral) {
  set("0000:03:02.1,0000:03:02.2");
  EXPECT_THAT(message_for(with("vfio: \"${PCIDEVICE_TEST}\"")),
              HasSubstr("PCIDEVICE_TEST has 2 addresses: 0000:03:02.1,0000:03:02.2"));
  EXPECT_THAT(message_for(with("vfio: \"${PCIDEVICE_TEST[2]}\"")), HasSubstr("${PCIDEVICE_TEST[0]}"));
}

TEST_F(EnvironmentAddress, IsChosenByNumber) {
  set("0000:03:02.1,0000:03:02.2");
  EXPECT_THAT(message_for(with("vfio: \"${PCIDEVICE_TEST[one]}\"")),
              HasSubstr("`${PCIDEVICE_TEST[one]}` says no number of an address"));
}

TEST_F(EnvironmentAddress, IsMissed) {
  EXPECT_THAT(message_for(with("vfio: \"${PCIDEVICE_TEST}\"")), HasSubstr("the environment has no PCIDEVICE_TEST"));
}

TEST_F(EnvironmentAddress, IsAnAddress) {
  set("eth1");
  EXPECT_THAT(message_for(with("vfio: \"${PCIDEVICE_TEST}\"")), HasSubstr("`eth1` is not a PCI address"));
}

}  // namespace
}  // namespace vireo::config
