// The kernel's pools of huge pages.
#include "vmm/platform/huge_pages.h"

#include <gtest/gtest.h>

#include "vmm/base/bits.h"

namespace vireo::platform {
namespace {

using base::kGiB;
using base::kMiB;

const HugePages kPool{.page_size = 2 * kMiB, .total = 10, .free = 4};

TEST(HugePages, AreNoneWithoutAFolder) {
  EXPECT_TRUE(read_huge_pages("/nowhere").empty());
}

TEST(HugePages, AreFoundByTheirSize) {
  EXPECT_EQ(pool_of({kPool}, 2 * kMiB).total, 10u);
  EXPECT_EQ(pool_of({kPool}, kGiB).total, 0u);
  EXPECT_EQ(pool_of({kPool}, kGiB).page_size, kGiB);
}

TEST(HugePages, GrowByWhatIsMissing) {
  EXPECT_EQ(grow_command(kHugePageFolder, kPool, 7),
            "echo 13 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
}

TEST(HugePages, AreNotTakenFromAPoolThatIsLargeEnough) {
  EXPECT_EQ(grow_command("/pools", kPool, 3), "echo 10 > /pools/hugepages-2048kB/nr_hugepages");
}

}  // namespace
}  // namespace vireo::platform
