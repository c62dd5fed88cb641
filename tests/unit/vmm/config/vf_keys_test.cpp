#include "vmm/config/vf_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string with(const std::string& vf) {
  return kHead + "pcie:\n  - {root_port: a, device: {vf: " + vf + "}}\n";
}

VfConfig vf_of(const std::string& vf) {
  return parse(with(vf), "g.yaml").pcie.root_ports[0].functions.at(0).vf.value();
}

TEST(VfKeys, TakeAPfAlone) {
  const VfConfig vf = vf_of("{pf: eth1}");
  EXPECT_EQ(vf.pf, "eth1");
  EXPECT_FALSE(vf.index);
  EXPECT_EQ(vf.create, 0u);
  EXPECT_TRUE(vf.policy.empty());
}

TEST(VfKeys, TakeAnIndex) {
  EXPECT_EQ(vf_of("{pf: eth1, index: 3}").index, 3u);
  EXPECT_FALSE(vf_of("{pf: eth1, index: any}").index);
  EXPECT_THAT(message_for(with("{pf: eth1, index: first}")), HasSubstr("`first` is not the index of a VF"));
}

TEST(VfKeys, TakeWhatIpLinkTakes) {
  const VfConfig vf = vf_of(
      "{pf: eth1, mac: 52:54:00:AB:cd:01, vlan: 10, qos: 3, proto: 802.1ad, spoofchk: on, trust: off, state: enable, "
      "max_tx_rate: 100, min_tx_rate: 0}");
  const std::map<std::string, std::string> policy = {
      {"mac", "52:54:00:ab:cd:01"}, {"vlan", "10"},         {"qos", "3"},
      {"proto", "802.1ad"},         {"spoofchk", "on"},     {"trust", "off"},
      {"state", "enable"},          {"max_tx_rate", "100"}, {"min_tx_rate", "0"}};
  EXPECT_EQ(vf.policy, policy);
}

TEST(VfKeys, SpellAProtocolAsTheKernelDoes) {
  EXPECT_EQ(vf_of("{pf: eth1, proto: 802.1q}").policy.at("proto"), "802.1Q");
}

TEST(VfKeys, RefuseWhatIpLinkRefuses) {
  EXPECT_THAT(message_for(with("{pf: eth1, mac: 53:54:00:00:00:01}")), HasSubstr("is no `mac`"));
  EXPECT_THAT(message_for(with("{pf: eth1, mac: 52-54-00-00-00-01}")), HasSubstr("is no `mac`"));
  EXPECT_THAT(message_for(with("{pf: eth1, vlan: 4095}")), HasSubstr("`4095` is no `vlan`"));
  EXPECT_THAT(message_for(with("{pf: eth1, qos: 8}")), HasSubstr("0 to 7"));
  EXPECT_THAT(message_for(with("{pf: eth1, trust: maybe}")), HasSubstr("on or off"));
  EXPECT_THAT(message_for(with("{pf: eth1, state: up}")), HasSubstr("auto, enable or disable"));
  EXPECT_THAT(message_for(with("{pf: eth1, max_tx_rate: 1Gbit}")), HasSubstr("Mbit/s as a number"));
}

TEST(VfKeys, TakeNvmeResources) {
  const VfConfig vf = vf_of("{pf: nvme0, create: 4, queues: 3, interrupts: 2, namespaces: [2, 1]}");
  EXPECT_EQ(vf.create, 4u);
  EXPECT_EQ(vf.queues, 3u);
  EXPECT_EQ(vf.interrupts, 2u);
  EXPECT_THAT(vf.namespaces.value(), ElementsAre(1u, 2u));
}

TEST(VfKeys, TakeANamespaceOnce) {
  EXPECT_THAT(message_for(with("{pf: nvme0, namespaces: [1, 2, 1]}")), HasSubstr("a namespace stands twice"));
}

TEST(VfKeys, TakeNoNamespaces) {
  EXPECT_TRUE(vf_of("{pf: nvme0, namespaces: []}").namespaces.value().empty());
}

TEST(VfKeys, WantAPf) {
  EXPECT_THAT(message_for(with("{index: 3}")), HasSubstr("a VF lacks `pf`"));
}

TEST(VfKeys, OfferTheNearestKey) {
  EXPECT_THAT(message_for(with("{pf: eth1, vlna: 3}")), HasSubstr("did you mean `vlan`?"));
}

TEST(VfKeys, StandInPlaceOfAnAddress) {
  EXPECT_THAT(message_for_pcie("  - {root_port: a, device: {vfio: 01:00.0, vf: {pf: eth1}}}\n"),
              HasSubstr("a device is `vfio` or `vf`, not both"));
}

TEST(VfKeys, MissWhatDeviceItIs) {
  EXPECT_THAT(message_for_pcie("  - {root_port: a, device: {force: true}}\n"), HasSubstr("lacks `vfio` or `vf`"));
}

TEST(VfKeys, SayOnceWhatIsMisspelled) {
  EXPECT_THAT(message_for_pcie("  - {root_port: a, device: {vfoi: 01:00.0}}\n"), Not(HasSubstr("lacks")));
}

TEST(VfKeys, RefuseOneVfTwice) {
  EXPECT_THAT(message_for_pcie("  - {root_port: a, device: {vf: {pf: eth1, index: 1}}}\n"
                               "  - {root_port: b, device: {vf: {pf: eth1, index: 1}}}\n"),
              HasSubstr("the device VF 1 of eth1 stands twice"));
}

TEST(VfKeys, TakeAnyTwice) {
  EXPECT_EQ(message_for_pcie("  - {root_port: a, device: {vf: {pf: eth1}}}\n"
                             "  - {root_port: b, device: {vf: {pf: eth1}}}\n"),
            "");
}

TEST(VfKeys, RefuseAGivenFile) {
  EXPECT_THAT(message_for_pcie("  - {root_port: a, device: {vf: {pf: eth1}, fd: 9}}\n"),
              HasSubstr("name the VF by `vfio`"));
}

std::string settings_refusal(const std::vector<std::string>& words) {
  try {
    parse_vf_settings(words);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(VfSettings, AreKeysAndValues) {
  const VfConfig vf = parse_vf_settings({"mac", "52:54:00:00:00:01", "vlan", "10", "queues", "3"});
  EXPECT_EQ(vf.policy.at("mac"), "52:54:00:00:00:01");
  EXPECT_EQ(vf.policy.at("vlan"), "10");
  EXPECT_EQ(vf.queues, 3u);
}

TEST(VfSettings, HaveNamespacesByCommas) {
  EXPECT_THAT(parse_vf_settings({"namespaces", "3,1"}).namespaces.value(), ElementsAre(1u, 3u));
}

TEST(VfSettings, PointAtTheWordThatIsWrong) {
  EXPECT_THAT(settings_refusal({"vlan", "10", "trust", "maybe"}), HasSubstr("command line:1:15: error: `maybe` is no"));
}

TEST(VfSettings, LackAValue) {
  EXPECT_NE(settings_refusal({"vlan"}), "no error");
}

TEST(VfSettings, ChooseNoVf) {
  EXPECT_THAT(settings_refusal({"index", "1"}), HasSubstr("`index`"));
}

TEST(VfSettings, AreNamed) {
  const auto named = [](const char* name) { return Contains(testing::Field(&VfSetting::name, name)); };
  EXPECT_THAT(vf_settings(), testing::AllOf(named("mac"), named("namespaces"), Not(named("pf"))));
}

testing::Matcher<std::vector<VfSetting>> has_choices(const char* name, const std::vector<std::string>& choices) {
  return Contains(testing::AllOf(testing::Field(&VfSetting::name, name), testing::Field(&VfSetting::choices, choices)));
}

TEST(VfSettings, HaveTheirChoices) {
  EXPECT_THAT(vf_settings(), has_choices("trust", {"on", "off"}));
  EXPECT_THAT(vf_settings(), has_choices("spoofchk", {"on", "off"}));
  EXPECT_THAT(vf_settings(), has_choices("state", {"auto", "enable", "disable"}));
  EXPECT_THAT(vf_settings(), has_choices("proto", {"802.1Q", "802.1ad"}));
  EXPECT_THAT(vf_settings(), has_choices("mac", {}));
}

TEST(VfSettings, TakeAProtocolInEitherCase) {
  EXPECT_EQ(parse_vf_settings({"proto", "802.1AD"}).policy.at("proto"), "802.1ad");
  EXPECT_THAT(settings_refusal({"proto", "802.1x"}), HasSubstr("is no `proto`"));
}

TEST(VfSettings, StandOnce) {
  EXPECT_THAT(settings_refusal({"vlan", "1", "vlan", "2"}), HasSubstr("duplicate key `vlan`"));
}

}  // namespace
}  // namespace vireo::config
