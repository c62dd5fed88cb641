#include "vmm/compare/nic_medium.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/vfio/host/tree.h"
#include "vmm/base/error.h"

namespace vireo::compare {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// A card of two ports, and two VFs of the first that the host's driver has.
class NicMediumTest : public testing::Test {
 protected:
  NicMediumTest() {
    for (const char* address : {kFirst, kSecond, kVf0, kVf1}) host.device(address);
    interface(kFirst, "vireo-t1");
    interface(kSecond, "vireo-t2");
    interface(kVf0, "vireo-t3");
    interface(kVf1, "vireo-t4");
    host.folder("/sys/class/net/lo");
    config.nic = "vireo-t1";
  }
  void interface(const std::string& address, const std::string& name) const {
    host.interface(address, name, "0x1002");
    host.link("/sys/class/net/" + name + "/device", "../../../" + address);
  }
  void make_vfs() const {
    host.write(folder(kFirst) + "sriov_totalvfs", "8\n");
    host.write(folder(kFirst) + "sriov_vf_device", "10ca\n");
    host.write(folder(kFirst) + "vendor", "0x8086\n");
    host.link(folder(kFirst) + "virtfn0", std::string("../") + kVf0);
    host.link(folder(kFirst) + "virtfn1", std::string("../") + kVf1);
  }
  static std::string folder(const std::string& address) { return "/sys/bus/pci/devices/" + address + "/"; }
  NicMedium::Facts find() const { return NicMedium::find(config, host.root()); }
  std::string error() const {
    try {
      find();
    } catch (const base::Error& error) {
      return error.what() + std::string(" | ") + error.help();
    }
    return "none";
  }

  static constexpr const char* kFirst = "0000:02:00.0";
  static constexpr const char* kSecond = "0000:02:00.1";
  static constexpr const char* kVf0 = "0000:02:10.0";
  static constexpr const char* kVf1 = "0000:02:10.2";
  host::Tree host;
  config::CompareConfig config;
};

TEST_F(NicMediumTest, IsFoundByItsInterfaceOrItsAddress) {
  config.peer = "vireo-t2";
  for (const char* name : {"vireo-t1", "0000:02:00.0", "02:00.0"}) {
    config.nic = name;
    const NicMedium::Facts facts = find();
    EXPECT_EQ(facts.interface, "vireo-t1");
    EXPECT_EQ(facts.address, kFirst);
    EXPECT_EQ(facts.peer, "vireo-t2");
    EXPECT_FALSE(facts.can_have_vfs);
  }
}

TEST_F(NicMediumTest, HasAVfForAPeerAndAnotherForTheGuest) {
  make_vfs();
  const NicMedium::Facts facts = find();
  EXPECT_EQ(facts.peer, "vireo-t3");
  EXPECT_EQ(facts.vf_index, 1u);
  EXPECT_TRUE(facts.can_have_vfs);
  EXPECT_EQ(facts.vf_alias, "pci:v00008086d000010CAsv00000000sd00000000bc02sc00i00");
}

TEST_F(NicMediumTest, TakesTheFirstVfBesideAnotherPortsPeer) {
  make_vfs();
  config.peer = "vireo-t2";
  EXPECT_EQ(find().vf_index, 0u);
}

TEST_F(NicMediumTest, RefusesWhatIsNotThere) {
  EXPECT_THAT(error(), HasSubstr("nobody is at the other end of vireo-t1 | name the interface that answers"));
  config.peer = "vireo-t9";
  EXPECT_THAT(error(), HasSubstr("no network interface vireo-t9"));
  config.peer = "vireo-t1";
  EXPECT_THAT(error(), HasSubstr("cannot be its own peer"));
  config.nic = "eth99";
  EXPECT_THAT(error(), HasSubstr("no network interface or device eth99"));
  config.nic = "lo";
  EXPECT_THAT(error(), HasSubstr("lo is no PCI device's"));
  host.remove("/sys/class/net/vireo-t1");
  host.device("0000:03:00.0");
  config.nic = "03:00.0";
  EXPECT_THAT(error(), HasSubstr("0000:03:00.0 has no network interface"));
}

TEST_F(NicMediumTest, RefusesAPeerThatSomethingStandsOn) {
  config.peer = "vireo-t2";
  host.link("/sys/class/net/vireo-t2/upper_bond0", "../bond0");
  EXPECT_THAT(error(), HasSubstr("is in use: bond0 stands on it"));
}

class NicRouteTest : public testing::Test {
 protected:
  Route route(const std::string& path) const { return NicMedium(config, facts).route(path); }

  config::CompareConfig config;
  NicMedium::Facts facts{.interface = "eth1",
                         .address = "0000:02:00.0",
                         .peer = "eth2",
                         .vf_index = std::nullopt,
                         .vf_alias = "pci:vf",
                         .alias = "pci:pf"};
};

TEST_F(NicRouteTest, PassesAVfThrough) {
  facts.vf_index = 1;
  const Route found = route("vf");
  EXPECT_EQ(found.kind, PathKind::kPassthrough);
  EXPECT_EQ(json::parse(found.guest_device)["vf"], (json{{"pf", "0000:02:00.0"}, {"create", 1}, {"index", 1}}));
  EXPECT_EQ(found.alias, "pci:vf");
  EXPECT_FALSE(found.exclusive);
  EXPECT_FALSE(found.provide);
  EXPECT_THAT(found.words, StartsWith("net interface= address=198.18.0.2 "));
}

TEST_F(NicRouteTest, PassesAllOfTheDeviceThroughAlone) {
  const Route found = route("pf");
  EXPECT_EQ(json::parse(found.guest_device), (json{{"vfio", "0000:02:00.0"}}));
  EXPECT_EQ(found.alias, "pci:pf");
  EXPECT_TRUE(found.exclusive);
}

TEST_F(NicRouteTest, EmulatesOnAnInterfaceOfItsOwn) {
  for (const bool vhost : {true, false}) {
    const Route found = route(vhost ? "vhost-net" : "virtio-net");
    const json device = json::parse(found.guest_device);
    EXPECT_EQ(found.kind, PathKind::kVirtio);
    EXPECT_EQ(device["vhost"], vhost);
    EXPECT_THAT(device["tap"].get<std::string>(), StartsWith(vhost ? "vireov" : "vireou"));
    EXPECT_LT(device["tap"].get<std::string>().size(), 16u);
    EXPECT_TRUE(found.provide);
  }
}

TEST_F(NicRouteTest, HasTheHostsAgentInANetworkOfItsOwn) {
  const Route found = route("host");
  EXPECT_EQ(found.guest_device, "");
  EXPECT_TRUE(found.own_network);
  EXPECT_THAT(found.words, StartsWith("net interface=vireoh"));
}

TEST_F(NicRouteTest, ComparesAVfWhereThereCanBeOne) {
  EXPECT_THAT(NicMedium(config, facts).paths(), ElementsAre("pf", "vhost-net", "virtio-net", "host"));
  facts.can_have_vfs = true;
  EXPECT_THAT(NicMedium(config, facts).paths(), ElementsAre("vf", "vhost-net", "virtio-net", "host"));
}

TEST_F(NicRouteTest, SaysWhatIsExchanged) {
  EXPECT_EQ(NicMedium(config, facts).operation(), "64 byte round trips by UDP");
  config.operation = config::CompareConfig::Operation::kTcp;
  EXPECT_EQ(NicMedium(config, facts).operation(), "64 byte round trips by TCP");
  EXPECT_EQ(NicMedium(config, facts).order().operation, agent::Operation::kTcp);
}

}  // namespace
}  // namespace vireo::compare
