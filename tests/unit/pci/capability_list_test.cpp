#include "pci/capability_list.h"

#include <gtest/gtest.h>

#include <array>

#include "pci/config_space.h"
#include "pci/standard.h"

namespace vireo::pci {
namespace {

using Bytes = std::array<uint8_t, kExtendedConfigSize>;

Bytes with_list(uint8_t first) {
  Bytes bytes{};
  bytes[kStatus] = kStatusCapabilities;
  bytes[kCapabilityPointer] = first;
  return bytes;
}

void put_extended(Bytes& bytes, size_t at, uint16_t id, unsigned next) {
  const uint32_t header = id | 1u << 16 | next << 20;
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(header >> (8 * i));
}

TEST(CapabilityList, FollowsTheChain) {
  Bytes bytes = with_list(0x40);
  bytes[0x40] = 5, bytes[0x41] = 0x60;
  bytes[0x60] = 0x10;
  const CapabilityChain chain = walk_capabilities(bytes);
  ASSERT_EQ(chain.found.size(), 2u);
  EXPECT_EQ(chain.found[1].id, 0x10);
  EXPECT_FALSE(chain.broken);
}

// PCI 3.0 6.7: the status bit says whether there is a list.
TEST(CapabilityList, IsEmptyWithoutTheStatusBit) {
  Bytes bytes = with_list(0x40);
  bytes[kStatus] = 0;
  EXPECT_TRUE(walk_capabilities(bytes).found.empty());
}

TEST(CapabilityList, EndsWhereItLoops) {
  Bytes bytes = with_list(0x40);
  bytes[0x40] = 5, bytes[0x41] = 0x40;
  const CapabilityChain chain = walk_capabilities(bytes);
  EXPECT_EQ(chain.found.size(), 1u);
  EXPECT_TRUE(chain.broken);
}

TEST(CapabilityList, RefusesAPointerIntoTheHeader) {
  const CapabilityChain chain = walk_capabilities(with_list(0x10));
  EXPECT_TRUE(chain.found.empty());
  EXPECT_TRUE(chain.broken);
}

TEST(ExtendedCapabilityList, EndsWhereItLoops) {
  Bytes bytes{};
  put_extended(bytes, 0x100, 3, 0x200);
  put_extended(bytes, 0x200, 1, 0x100);
  const CapabilityChain chain = walk_extended_capabilities(bytes);
  EXPECT_EQ(chain.found.size(), 2u);
  EXPECT_TRUE(chain.broken);
}

TEST(ExtendedCapabilityList, SurvivesAPointerToTheLastDword) {
  Bytes bytes{};
  put_extended(bytes, 0x100, 3, 0xffc);
  put_extended(bytes, 0xffc, 1, 0);
  EXPECT_EQ(walk_extended_capabilities(bytes).found.size(), 2u);
}

TEST(ExtendedCapabilityList, IsEmptyWhereTheSpaceIsConventional) {
  const Bytes bytes{};
  EXPECT_TRUE(walk_extended_capabilities(std::span(bytes).first(kConfigSize)).found.empty());
}

}  // namespace
}  // namespace vireo::pci
