#include "vmm/config/capability_keys.h"

#include <gtest/gtest.h>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

std::string with(const std::string& capabilities) {
  return kHead + "pcie:\n  - {root_port: a, device: {vfio: 01:00.0, capabilities: " + capabilities + "}}\n";
}

TEST(CapabilityKeys, TakeNamesAndIds) {
  const Config config = parse(with("{msix: hide, 0x09: pass, ext_0x0b: hide}"), "g.yaml");
  const auto& rows = config.pcie.root_ports[0].functions.at(0).capabilities;
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].id, 0x11);
  EXPECT_FALSE(rows[0].pass);
  EXPECT_EQ(rows[1].id, 0x09);
  EXPECT_TRUE(rows[1].pass);
  EXPECT_TRUE(rows[2].extended);
  EXPECT_EQ(rows[2].id, 0x0b);
}

TEST(CapabilityKeys, OfferTheNearestName) {
  EXPECT_NE(message_for(with("{misx: hide}")).find("did you mean `msix`?"), std::string::npos);
}

TEST(CapabilityKeys, RefuseAnIdThatIsTooLarge) {
  EXPECT_NE(message_for(with("{0x111: hide}")).find("is no capability"), std::string::npos);
}

TEST(CapabilityKeys, RefuseToPassWhatVireoEmulates) {
  EXPECT_NE(message_for(with("{msix: pass}")).find("cannot be passed"), std::string::npos);
  EXPECT_NE(message_for(with("{0x05: pass}")).find("cannot be passed"), std::string::npos);
}

TEST(CapabilityKeys, RefuseAnotherWord) {
  EXPECT_NE(message_for(with("{msix: emulate}")).find("hide or pass"), std::string::npos);
  EXPECT_NE(message_for(with("[msix]")).find("must be a mapping"), std::string::npos);
}

}  // namespace
}  // namespace vireo::config
