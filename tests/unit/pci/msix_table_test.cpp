#include "pci/msix_table.h"

#include <gtest/gtest.h>

#include <array>

namespace vireo::pci {
namespace {

// PCIe 6.0 7.7.2.9: the mask bit is set after reset.
TEST(MsixTable, BeginsMasked) {
  EXPECT_TRUE(MsixTable(4).masked(3));
}

TEST(MsixTable, TakesAMessageByDwords) {
  MsixTable table(2);
  table.write(16, std::array<uint8_t, 4>{0x00, 0x00, 0xe0, 0xfe});
  table.write(24, std::array<uint8_t, 4>{0x41, 0, 0, 0});
  EXPECT_EQ(table.message(1), (platform::MsiMessage{.address = 0xfee00000, .data = 0x41}));
}

TEST(MsixTable, SaysWhichVectorAStoreTouched) {
  MsixTable table(8);
  const MsixChange change = table.write(5 * 16 + 12, std::array<uint8_t, 4>{0, 0, 0, 0});
  EXPECT_EQ(change.first, 5u);
  EXPECT_EQ(change.count, 1u);
  EXPECT_FALSE(table.masked(5));
}

TEST(MsixTable, SaysNothingWhenNothingChanged) {
  MsixTable table(1);
  EXPECT_EQ(table.write(12, std::array<uint8_t, 4>{1, 0, 0, 0}).count, 0u);
}

TEST(MsixTable, KeepsReservedControlBitsZero) {
  MsixTable table(1);
  table.write(12, std::array<uint8_t, 4>{0xff, 0xff, 0xff, 0xff});
  std::array<uint8_t, 4> control{};
  table.read(12, control);
  EXPECT_EQ(control, (std::array<uint8_t, 4>{1, 0, 0, 0}));
}

TEST(MsixTable, DropsAStoreOutside) {
  MsixTable table(1);
  EXPECT_EQ(table.write(16, std::array<uint8_t, 4>{0, 0, 0, 0}).count, 0u);
}

TEST(MsixTable, TouchesTwoVectorsWhenAStoreStraddles) {
  MsixTable table(2);
  EXPECT_EQ(table.write(12, std::array<uint8_t, 8>{0, 0, 0, 0, 1, 2, 3, 4}).count, 2u);
}

}  // namespace
}  // namespace vireo::pci
