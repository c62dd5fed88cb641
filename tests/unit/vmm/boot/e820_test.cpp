#include "vmm/boot/e820.h"

#include <gtest/gtest.h>

#include "tests/unit/vmm/boot/boot_fixture.h"

namespace vireo::boot {
namespace {

const E820Entry kLowRam{range(0, 0x9fc00), MemoryType::kRam};
const E820Entry kEbda{range(0x9fc00, 0x400), MemoryType::kReserved};
const E820Entry kAcpi{range(0xe0000, 0x10000), MemoryType::kAcpi};
const E820Entry kSmbios{range(0xf0000, 0x10000), MemoryType::kReserved};
const E820Entry kEcam{range(0xe0000000, 0x10000000), MemoryType::kReserved};
const E820Entry kKvm{range(0xfeffc000, 0x4000), MemoryType::kReserved};

TEST(E820, SplitsRamAroundTheLegacyArea) {
  const std::vector<platform::RamRegion> ram{{.range = range(0, 512 * base::kMiB)}};
  EXPECT_EQ(make_e820(ram),
            (std::vector<E820Entry>{
                kLowRam, kEbda, kAcpi, kSmbios, {range(0x100000, 511 * base::kMiB), MemoryType::kRam}, kEcam, kKvm}));
}

TEST(E820, ListsRamAboveFourGibibytes) {
  const std::vector<platform::RamRegion> ram{{.range = range(0, 2 * base::kGiB)},
                                             {.range = range(4 * base::kGiB, 3 * base::kGiB)}};
  EXPECT_EQ(make_e820(ram).back(), (E820Entry{range(4 * base::kGiB, 3 * base::kGiB), MemoryType::kRam}));
}

TEST(E820, KeepsHolesBetweenRegions) {
  const std::vector<platform::RamRegion> ram{{.range = range(0, 16 * base::kMiB)},
                                             {.range = range(32 * base::kMiB, 16 * base::kMiB)}};
  EXPECT_EQ(make_e820(ram)[5], (E820Entry{range(32 * base::kMiB, 16 * base::kMiB), MemoryType::kRam}));
}

}  // namespace
}  // namespace vireo::boot
