#include "vfio/quirks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "pci/capability_list.h"
#include "pci/standard.h"
#include "tests/fakes/fake_device.h"
#include "vmm/base/error.h"

namespace vireo::vfio {
namespace {

constexpr uint16_t kVendorSpecific = static_cast<uint16_t>(pci::CapabilityId::kVendorSpecific);

// A GPU of NVIDIA's, with the capabilities of a common function.
class CliqueTest : public testing::Test {
 protected:
  CliqueTest() {
    fakes::make_nvme_vf(device_);
    device_.put(pci::kVendorId, 2, 0x10de);
    device_.put(pci::kClassCode, 3, 0x030000);
  }
  const pci::Capability* clique() {
    findings_ = build_virtual_config(device_, {.gpudirect_clique = wished_}, config_);
    chain_ = pci::walk_capabilities(config_.bytes());
    return chain_.find(kVendorSpecific);
  }
  fakes::FakeDevice device_;
  std::optional<uint8_t> wished_ = 5;
  ConfigFindings findings_;
  pci::ConfigSpace config_;
  pci::CapabilityChain chain_;
};

TEST_F(CliqueTest, IsTheLastCapability) {
  const pci::Capability* found = clique();
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->offset, 0xc8);
  EXPECT_EQ(chain_.found.back().offset, 0xc8);
  EXPECT_FALSE(chain_.broken);
  EXPECT_EQ(config_.read(0xca, 2), 0x5008u);      // length, 'P'
  EXPECT_EQ(config_.read(0xcc, 4), 0x00285032u);  // "2P", clique 5 of version 0
}

TEST_F(CliqueTest, IsNeverTheDevices) {
  clique();
  for (unsigned i = 0xc8; i < 0xd0; ++i) EXPECT_FALSE(findings_.passed[i]) << i;
}

// A capability of the device's own at 0xc8, which the guest does not see.
TEST_F(CliqueTest, EvadesWhatTheDeviceHasThere) {
  device_.put(0xc8, 2, 0x0013);  // advanced features, hidden
  const uint32_t first = device_.get(pci::kCapabilityPointer, 1);
  device_.put(0xc9, 1, first);
  device_.put(pci::kCapabilityPointer, 1, 0xc8);
  const pci::Capability* found = clique();
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->offset, 0xd4);
}

TEST_F(CliqueTest, IsRefusedWhereThereIsNoRoom) {
  const uint32_t first = device_.get(pci::kCapabilityPointer, 1);
  device_.put(pci::kCapabilityPointer, 1, 0xc8);
  device_.put(0xc8, 2, 0xd413);
  device_.put(0xd4, 2, first << 8 | 0x13);
  EXPECT_THROW(clique(), base::Error);
}

TEST_F(CliqueTest, IsThereOnlyWhereItIsAskedFor) {
  wished_.reset();
  EXPECT_EQ(clique(), nullptr);
}

TEST_F(CliqueTest, IsNVIDIAsAlone) {
  device_.put(pci::kVendorId, 2, 0x1002);
  EXPECT_EQ(clique(), nullptr);
}

TEST(Quirks, CiteTheirSource) {
  for (const Quirk& quirk : quirks()) {
    for (const std::string_view text : {quirk.id, quirk.condition, quirk.effect, quirk.why, quirk.source})
      EXPECT_FALSE(text.empty()) << quirk.id;
  }
}

}  // namespace
}  // namespace vireo::vfio
