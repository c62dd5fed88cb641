#include "vfio/virtual_config.h"

#include <gtest/gtest.h>

#include "pci/capability_list.h"
#include "pci/standard.h"
#include "tests/fakes/fake_device.h"
#include "vmm/base/error.h"

namespace vireo::vfio {
namespace {

class VirtualConfig : public testing::Test {
 protected:
  VirtualConfig() { fakes::make_nvme_vf(device_); }
  ConfigFindings build() {
    return build_virtual_config(device_, {.capabilities = overrides_, .gpudirect_clique = clique_}, config_);
  }
  fakes::FakeDevice device_;
  PolicyOverrides overrides_;
  std::optional<uint8_t> clique_;
  pci::ConfigSpace config_;
};

TEST_F(VirtualConfig, KeepsTheDevicesIdentity) {
  build();
  EXPECT_EQ(config_.read(pci::kVendorId, 4), 0x00101b36u);
  EXPECT_EQ(config_.read(pci::kClassCode, 2), 0x0802u);
}

TEST_F(VirtualConfig, ShowsNoInterruptPin) {
  device_.put(pci::kInterruptPin, 1, 1);
  build();
  EXPECT_EQ(config_.read(pci::kInterruptPin, 1), 0u);
}

TEST_F(VirtualConfig, HidesWhatReachesBeyondTheFunction) {
  build();
  const auto chain = pci::walk_extended_capabilities(config_.bytes());
  EXPECT_EQ(chain.find(static_cast<uint16_t>(pci::ExtendedCapabilityId::kAri)), nullptr);
}

// PCIe 6.0 7.6.2: the list starts at 0x100 whether or not a capability is there.
TEST_F(VirtualConfig, LeadsOnFromAHiddenFirstExtendedCapability) {
  build();
  const auto chain = pci::walk_extended_capabilities(config_.bytes());
  ASSERT_NE(chain.find(static_cast<uint16_t>(pci::ExtendedCapabilityId::kSerialNumber)), nullptr);
  EXPECT_FALSE(chain.broken);
}

TEST_F(VirtualConfig, FindsTheMsixTable) {
  const ConfigFindings findings = build();
  EXPECT_EQ(findings.msix.vectors, 4u);
  EXPECT_EQ(findings.msix.table_offset, 0x2000u);
  EXPECT_EQ(findings.msix.pba_size(), 8u);
}

TEST_F(VirtualConfig, HidesAnMsixTableOutsideItsBar) {
  device_.put(0x64, 4, 0x4000);
  EXPECT_EQ(build().msix.offset, 0);
}

TEST_F(VirtualConfig, SurvivesACapabilityChainThatLoops) {
  device_.put(0x81, 1, 0x40);
  build();
  EXPECT_FALSE(pci::walk_capabilities(config_.bytes()).broken);
}

// PCIe 6.0 7.9.4: the third byte of a vendor-specific capability is its length.
TEST_F(VirtualConfig, PassesNoMoreThanACapabilitysOwnRegisters) {
  device_.put(0x81, 1, 0xa0);
  device_.put(0xa0, 4, 0x0010'00'09);
  const ConfigFindings findings = build();
  EXPECT_TRUE(findings.passed.test(0xaf));
  EXPECT_FALSE(findings.passed.test(0xb0));
}

// Found with the recording of an Intel DSA: its registers say no speed and no width, which no endpoint behind a port
// has.
TEST_F(VirtualConfig, GivesALinkToWhatHadNone) {
  device_.put(0x82, 2, 0x0092);  // integrated into the root complex
  device_.put(0x8c, 4, 0);
  device_.put(0x92, 2, 0);
  build();
  EXPECT_EQ(config_.read(0x82, 2), 0x0002u);
  EXPECT_EQ(config_.read(0x8c, 4), 0x11u);
  EXPECT_EQ(config_.read(0x92, 2), 0x11u);
}

// A version 1 Express capability of an 82574L: 0xe0, and nothing of it may reach into the extended space.
TEST_F(VirtualConfig, CutsExpressAtTheEndOfItsSpace) {
  device_.put(0x61, 1, 0xe0);
  device_.put(0xe0, 2, 0x00'10);
  device_.put(0xe2, 2, 0x0001);
  build();
  const auto chain = pci::walk_extended_capabilities(config_.bytes());
  EXPECT_EQ(chain.find(static_cast<uint16_t>(pci::ExtendedCapabilityId::kAri)), nullptr);
}

// PCIe 6.0 7.9.3: the serial number capability has 12 bytes.
TEST_F(VirtualConfig, PassesNoMoreThanASerialNumber) {
  const ConfigFindings findings = build();
  EXPECT_TRUE(findings.passed.test(0x15b));
  EXPECT_FALSE(findings.passed.test(0x15c));
}

TEST_F(VirtualConfig, RefusesADeviceThatDoesNotAnswer) {
  device_.config.fill(0xff);
  EXPECT_THROW(build(), base::Error);
}

TEST_F(VirtualConfig, RefusesADeviceThatCannotBeRead) {
  device_.gone = true;
  EXPECT_THROW(build(), base::Error);
}

TEST_F(VirtualConfig, TakesAConventionalSpace) {
  device_.config_size = pci::kConfigSize;
  build();
  EXPECT_TRUE(pci::walk_extended_capabilities(config_.bytes()).found.empty());
}

TEST_F(VirtualConfig, HidesWhatTheFileHides) {
  overrides_ = {{.extended = false, .id = 0x11, .policy = Policy::kHide}};
  EXPECT_EQ(build().msix.offset, 0);
  const auto chain = pci::walk_capabilities(config_.bytes());
  EXPECT_EQ(chain.find(0x11), nullptr);
  EXPECT_NE(chain.find(0x10), nullptr);
}

// A capability of no known length ends where the next one begins.
TEST_F(VirtualConfig, PassesWhatTheFilePasses) {
  overrides_ = {{.extended = true, .id = 0x0e, .policy = Policy::kPass}};
  const ConfigFindings findings = build();
  const auto chain = pci::walk_extended_capabilities(config_.bytes());
  EXPECT_NE(chain.find(0x0e), nullptr);
  EXPECT_TRUE(findings.passed[0x104]);
  EXPECT_TRUE(findings.passed[0x14f]);
  EXPECT_FALSE(findings.passed[0x103]);
}

TEST_F(VirtualConfig, NeverPassesWhatItEmulates) {
  overrides_ = {{.extended = false, .id = 0x11, .policy = Policy::kPass}};
  const ConfigFindings findings = build();
  EXPECT_NE(findings.msix.offset, 0);
  EXPECT_FALSE(findings.passed[0x62]);
}

TEST_F(VirtualConfig, HidesAnMsiCapabilityThatLeavesTheSpace) {
  device_.put(0x81, 1, 0xf4);
  device_.put(0xf4, 4, 0x0180'0005);
  EXPECT_EQ(build().msi.offset, 0);
}

// PCIe 6.0 7.5.3.15: LTR, OBFF, AtomicOps and 10-bit tags need ports that take part.
TEST_F(VirtualConfig, OffersNothingThatThePortsAboveDoNotSupport) {
  device_.put(0xa4, 4, 0x000f'0bdf);
  device_.put(0xa8, 2, 0x0400);
  build();
  EXPECT_EQ(config_.read(0xa4, 4), 0x0000'001fu);
  EXPECT_EQ(config_.read(0xa8, 2), 0u);
  config_.write(0xa8, 2, 0xffff);
  EXPECT_EQ(config_.read(0xa8, 2) & 0x7ce0, 0u);
}

// Intel 8254x: 64-bit MSI without masks at the very end.
TEST_F(VirtualConfig, ShowsAnMsiCapabilityThatJustFits) {
  device_.put(0x81, 1, 0xf0);
  device_.put(0xf0, 4, 0x0080'0005);
  EXPECT_EQ(build().msi.offset, 0xf0);
}

}  // namespace
}  // namespace vireo::vfio
