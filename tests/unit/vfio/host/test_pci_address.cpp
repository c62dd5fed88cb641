#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vfio/host/pci_address.h"

namespace vireo::host {
namespace {

TEST(PciAddress, ParsesAllParts) {
  EXPECT_EQ(parse_address("0001:af:1f.7"), (PciAddress{.domain = 1, .bus = 0xaf, .device = 0x1f, .function = 7}));
}

// drivers/pci/controller/vmd.c: domains start at 0x10000.
TEST(PciAddress, ParsesWideDomain) {
  EXPECT_EQ(parse_address("10000:01:00.0")->domain, 0x10000u);
}

TEST(PciAddress, RefusesMissingDomain) {
  EXPECT_EQ(parse_address("01:00.0"), std::nullopt);
}
TEST(PciAddress, RefusesFunctionAboveSeven) {
  EXPECT_EQ(parse_address("0000:01:00.8"), std::nullopt);
}
TEST(PciAddress, RefusesDeviceAbove31) {
  EXPECT_EQ(parse_address("0000:01:20.0"), std::nullopt);
}
TEST(PciAddress, RefusesCapitals) {
  EXPECT_EQ(parse_address("0000:AF:00.0"), std::nullopt);
}
TEST(PciAddress, RefusesSigns) {
  EXPECT_EQ(parse_address("0000:+1:00.0"), std::nullopt);
}
TEST(PciAddress, RefusesPathParts) {
  EXPECT_EQ(parse_address("../..:01:00.0"), std::nullopt);
}
TEST(PciAddress, RefusesEmptyText) {
  EXPECT_EQ(parse_address(""), std::nullopt);
}

TEST(PciAddress, OffersAtMostFourNeighbours) {
  const std::vector<std::string> existing = {"0000:01:01.0", "0000:01:02.0", "0000:01:03.0", "0000:01:04.0",
                                             "0000:01:05.0"};
  EXPECT_EQ(nearest_addresses(*parse_address("0000:01:00.0"), existing).size(), 4u);
}

}  // namespace
}  // namespace vireo::host
