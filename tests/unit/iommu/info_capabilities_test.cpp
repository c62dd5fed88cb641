#include "iommu/info_capabilities.h"

#include <gtest/gtest.h>
#include <linux/vfio.h>

#include "iommu/groups.h"
#include "iommu/iommufd.h"
#include "iommu/map_error.h"

namespace vireo::iommu {
namespace {

std::vector<uint8_t> with_header(size_t size, size_t at, const vfio_info_cap_header& header) {
  std::vector<uint8_t> bytes(size);
  std::memcpy(bytes.data() + at, &header, sizeof header);
  return bytes;
}

TEST(InfoCapabilities, FindsOneWithItsBytes) {
  const auto bytes = with_header(64, 16, {.id = 3, .version = 1, .next = 0});
  const auto found = walk_info_capabilities(bytes, 16);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id, 3);
  EXPECT_EQ(found[0].bytes.size(), 48u);
}

TEST(InfoCapabilities, EndsWhereTheChainLoops) {
  const auto bytes = with_header(64, 16, {.id = 3, .version = 1, .next = 16});
  EXPECT_EQ(walk_info_capabilities(bytes, 16).size(), 1u);
}

TEST(InfoCapabilities, EndsWhereAHeaderLiesOutside) {
  const auto bytes = with_header(64, 16, {.id = 3, .version = 1, .next = 60});
  EXPECT_EQ(walk_info_capabilities(bytes, 16).size(), 1u);
}

TEST(InfoCapabilities, FindsNothingAtAnOffsetOutside) {
  EXPECT_TRUE(walk_info_capabilities(std::vector<uint8_t>(32), 4096).empty());
}

TEST(Type1Errors, NameTheReservedRanges) {
  const auto error = map_error("VFIO_IOMMU_MAP_DMA", base::Iova(0xfee00000), 4096, EINVAL);
  EXPECT_NE(error.help().find("reserved_regions"), std::string::npos);
}

TEST(Type1Errors, NameTheEntryLimit) {
  EXPECT_NE(map_error("VFIO_IOMMU_MAP_DMA", base::Iova(0), 4096, ENOSPC).help().find("dma_entry_limit"),
            std::string::npos);
}

TEST(Iommufd, SaysWhyADeviceIsRefused) {
  EXPECT_NE(bind_help("0000:01:00.0", EPERM).find("interrupt remapping"), std::string::npos);
  EXPECT_NE(bind_help("0000:01:00.0", EINVAL).find("another program"), std::string::npos);
  EXPECT_NE(bind_help("0000:01:00.0", ENODEV).find("dmesg | grep 0000:01:00.0"), std::string::npos);
}

TEST(OpenHelp, SaysWhatAVfTokenIsFor) {
  EXPECT_NE(open_help("0000:01:00.1", EACCES, false).find("write `vf_token`"), std::string::npos);
  EXPECT_NE(open_help("0000:01:00.1", EACCES, true).find("another `vf_token`"), std::string::npos);
  EXPECT_NE(open_help("0000:01:00.1", EINVAL, true).find("needs no `vf_token`"), std::string::npos);
  EXPECT_NE(open_help("0000:01:00.1", EINVAL, false).find("dmesg | grep 0000:01:00.1"), std::string::npos);
}

}  // namespace
}  // namespace vireo::iommu
