#include "vmm/config/units.h"

#include <gtest/gtest.h>

#include "vmm/base/bits.h"

namespace vireo::config {
namespace {

TEST(Units, TakeBinarySizes) {
  EXPECT_EQ(parse_size("512MiB"), 512 * base::kMiB);
}

TEST(Units, RefuseASizeOfNothing) {
  EXPECT_FALSE(parse_size("0MiB"));
}

TEST(Units, RefuseASizeThatWraps) {
  EXPECT_FALSE(parse_size("99999999999TiB"));
}

TEST(Units, RefuseASign) {
  EXPECT_FALSE(parse_number("+1"));
}

TEST(Units, ShowASizeInTheLargestUnit) {
  EXPECT_EQ(format_size(1536 * base::kMiB), "1536MiB");
}

TEST(Units, CompleteAPciAddress) {
  EXPECT_EQ(parse_pci_address("0A:1f.7"), "0000:0a:1f.7");
}

TEST(Units, TakeAWidePciDomain) {
  EXPECT_EQ(parse_pci_address("10000:01:00.0"), "10000:01:00.0");
}

TEST(Units, RefuseADeviceNumberOver31) {
  EXPECT_FALSE(parse_pci_address("00:20.0"));
}

TEST(Units, RefuseAFunctionNumberOver7) {
  EXPECT_FALSE(parse_pci_address("00:1f.8"));
}

}  // namespace
}  // namespace vireo::config
