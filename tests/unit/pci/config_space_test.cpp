#include "pci/config_space.h"

#include <gtest/gtest.h>

#include "pci/standard.h"

namespace vireo::pci {
namespace {

constexpr Register kMixed{
    0x40,
    4,
    {{{0, 8, Access::kReadOnly, 0x12}, {8, 8, Access::kReadWrite, 0x34}, {16, 8, Access::kWriteOneClears, 0xff}}}};

TEST(Register, DerivesMasksFromItsFields) {
  EXPECT_EQ(kMixed.mask_of(Access::kReadWrite), 0xff00u);
  EXPECT_EQ(kMixed.mask_of(Access::kWriteOneClears), 0xff0000u);
  EXPECT_EQ(kMixed.reset(), 0xff3412u);
}

TEST(ConfigSpace, KeepsReadOnlyBits) {
  ConfigSpace space;
  space.define(kMixed);
  space.write(0x40, 4, 0);
  EXPECT_EQ(space.read(0x40, 1), 0x12u);
}

TEST(ConfigSpace, ClearsBitsThatAreWrittenOne) {
  ConfigSpace space;
  space.define(kMixed);
  space.write(0x42, 1, 0x0f);
  EXPECT_EQ(space.read(0x42, 1), 0xf0u);
}

TEST(ConfigSpace, MergesAStoreThatStraddlesRegisters) {
  ConfigSpace space;
  space.define(kMixed);
  space.write(0x3f, 4, 0xaabbccdd);
  EXPECT_EQ(space.read(0x40, 4), 0x0055bb12u);  // 0xff & ~0xaa are left of the cleared byte
}

TEST(ConfigSpace, ReadsAllOnesPastTheEnd) {
  const ConfigSpace space;
  EXPECT_EQ(space.read(kExtendedConfigSize - 1, 4), 0xffffff00u);
}

TEST(ConfigSpace, ResetBringsTheSealedBytesBack) {
  ConfigSpace space;
  space.define(kMixed);
  space.seal();
  space.write(0x41, 1, 0x99);
  space.reset();
  EXPECT_EQ(space.read(0x41, 1), 0x34u);
}

}  // namespace
}  // namespace vireo::pci
