#include "vmm/boot/aml.h"

#include <gtest/gtest.h>

namespace vireo::boot::aml {
namespace {

TEST(Aml, EncodesIntegersAsShortAsTheyFit) {
  EXPECT_EQ(integer(0).bytes(), (Bytes{0x00}));
  EXPECT_EQ(integer(1).bytes(), (Bytes{0x01}));
  EXPECT_EQ(integer(0xff).bytes(), (Bytes{0x0a, 0xff}));
  EXPECT_EQ(integer(0x100).bytes(), (Bytes{0x0b, 0x00, 0x01}));
  EXPECT_EQ(integer(0x10000).bytes(), (Bytes{0x0c, 0x00, 0x00, 0x01, 0x00}));
  EXPECT_EQ(integer(uint64_t{1} << 32).bytes(), (Bytes{0x0e, 0, 0, 0, 0, 1, 0, 0, 0}));
}

// ACPI 6.5 19.3.4's own example value.
TEST(Aml, EncodesEisaIds) {
  EXPECT_EQ(eisa_id("PNP0A03").bytes(), (Bytes{0x0c, 0x41, 0xd0, 0x0a, 0x03}));
}

TEST(Aml, PadsNames) {
  EXPECT_EQ(reference("_S5").bytes(), (Bytes{'_', 'S', '5', '_'}));
}

TEST(Aml, JoinsTwoSegmentsByDualPrefix) {
  EXPECT_EQ(reference("\\_SB.PCI0").bytes(), (Bytes{'\\', 0x2e, '_', 'S', 'B', '_', 'P', 'C', 'I', '0'}));
}

TEST(Aml, JoinsMoreSegmentsByMultiPrefix) {
  EXPECT_EQ(reference("A.B.C").bytes(), (Bytes{0x2f, 3, 'A', '_', '_', '_', 'B', '_', '_', '_', 'C', '_', '_', '_'}));
}

// ACPI 6.5 20.2.4: up to 63 in one byte; more: low nibble first.
TEST(Aml, PackageLengthOfOneByte) {
  EXPECT_EQ(buffer(Bytes(60)).bytes().size(), 64u);
  EXPECT_EQ(buffer(Bytes(60)).bytes()[1], 0x3f);
}

TEST(Aml, PackageLengthOfTwoBytes) {
  const Bytes encoded = buffer(Bytes(61)).bytes();
  EXPECT_EQ(encoded[1], 0x41);
  EXPECT_EQ(encoded[2], 0x04);
}

TEST(Aml, PackageLengthOfThreeBytes) {
  const Bytes encoded = buffer(Bytes(0x1000)).bytes();
  EXPECT_EQ(encoded[1], 0x86);
  EXPECT_EQ(encoded[2], 0x00);
  EXPECT_EQ(encoded[3], 0x01);
}

TEST(Aml, EncodesUuidsMixedEndian) {
  const Bytes encoded = uuid("33db4d5b-1ff7-401c-9657-7441c03dd766").bytes();
  EXPECT_EQ(Bytes(encoded.end() - 16, encoded.end()),
            (Bytes{0x5b, 0x4d, 0xdb, 0x33, 0xf7, 0x1f, 0x1c, 0x40, 0x96, 0x57, 0x74, 0x41, 0xc0, 0x3d, 0xd7, 0x66}));
}

}  // namespace
}  // namespace vireo::boot::aml
