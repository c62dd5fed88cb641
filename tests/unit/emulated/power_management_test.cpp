#include "emulated/legacy/power_management.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/fakes/fake_interrupt_router.h"

namespace vireo::emulated {
namespace {

using Lines = std::vector<fakes::FakeInterruptRouter::Line>;

class Pm : public testing::Test {
 protected:
  uint16_t read16(uint16_t offset) {
    uint8_t data[2] = {};
    pm.read(offset, data);
    return static_cast<uint16_t>(data[0] | data[1] << 8);
  }
  uint32_t read32(uint16_t offset) {
    uint8_t data[4] = {};
    pm.read(offset, data);
    return data[0] | uint32_t{data[1]} << 8 | uint32_t{data[2]} << 16 | uint32_t{data[3]} << 24;
  }
  void write16(uint16_t offset, uint16_t value) {
    const uint8_t data[2] = {static_cast<uint8_t>(value), static_cast<uint8_t>(value >> 8)};
    pm.write(offset, data);
  }

  fakes::FakeInterruptRouter router;
  unsigned off = 0;
  MachineEvents events{.power_off = [this] { ++off; }};
  uint64_t now = 0;
  PowerManagement pm{router, events, [this] { return now; }};
};

// ACPI 6.5 4.8.2.5: without an SMI command port the machine is in ACPI mode already.
TEST_F(Pm, IsInAcpiModeForGood) {
  write16(4, 0);
  EXPECT_EQ(read16(4), 1);
}

TEST_F(Pm, PowersOffOnS5) {
  write16(4, 5 << 10 | 1 << 13);
  EXPECT_EQ(off, 1u);
}

TEST_F(Pm, PowersOffOnAStoreOfTheUpperByte) {
  const uint8_t upper = 5 << 2 | 1 << 5;
  pm.write(5, {&upper, 1});
  EXPECT_EQ(off, 1u);
}

TEST_F(Pm, SleepTypeAloneDoesNothing) {
  write16(4, 5 << 10);
  EXPECT_EQ(off, 0u);
}

TEST_F(Pm, OtherSleepTypesDoNothing) {
  write16(4, 1 << 10 | 1 << 13);
  EXPECT_EQ(off, 0u);
}

// ACPI 6.5 4.8.3.2.1: SLP_EN always reads zero.
TEST_F(Pm, SleepEnableReadsZero) {
  write16(4, 5 << 10 | 1 << 13);
  EXPECT_EQ(read16(4), 5 << 10 | 1);
}

TEST_F(Pm, ButtonRaisesTheSciWhenEnabled) {
  write16(2, 1 << 8);
  pm.press_power_button();
  EXPECT_EQ(router.lines, (Lines{{9, true}}));
}

TEST_F(Pm, ButtonIsRememberedWhenNotEnabled) {
  pm.press_power_button();
  EXPECT_EQ(router.lines, Lines{});
  EXPECT_EQ(read16(0), 1 << 8);
}

TEST_F(Pm, WritingOneClearsStatusAndLowersTheSci) {
  write16(2, 1 << 8);
  pm.press_power_button();
  write16(0, 1 << 8);
  EXPECT_EQ(read16(0), 0);
  EXPECT_EQ(router.lines, (Lines{{9, true}, {9, false}}));
}

TEST_F(Pm, WritingZeroLeavesStatus) {
  pm.press_power_button();
  write16(0, 0);
  EXPECT_EQ(read16(0), 1 << 8);
}

TEST_F(Pm, EnableKeepsDefinedBitsOnly) {
  write16(2, 0xffff);
  EXPECT_EQ(read16(2), 0x0521);
}

// ACPI 6.5 4.8.2.1: 3.579545 MHz.
TEST_F(Pm, TimerCountsAtItsRate) {
  now = 1'000'000'000;
  EXPECT_EQ(read32(8), 3'579'545u);
}

TEST_F(Pm, TimerWrapsAt24Bits) {
  now = 5'000'000'000;
  EXPECT_EQ(read32(8), 5u * 3'579'545u - (1u << 24));
}

TEST_F(Pm, TimerDoesNotOverflowAfterYears) {
  now = uint64_t{20} * 365 * 86400 * 1'000'000'000;
  EXPECT_EQ(read32(8), uint64_t{20} * 365 * 86400 * 3'579'545 % (1u << 24));
}

TEST_F(Pm, GeneralPurposeEnableIsKept) {
  write16(0x22, 0xa55a);
  EXPECT_EQ(read16(0x22), 0xa55a);
}

TEST_F(Pm, GeneralPurposeStatusIsClear) {
  write16(0x20, 0xffff);
  EXPECT_EQ(read16(0x20), 0);
}

TEST_F(Pm, ReadsAllOnesPastTheEnd) {
  EXPECT_EQ(read16(0x7f), 0xff00);
}

TEST_F(Pm, ResetLowersTheSci) {
  write16(2, 1 << 8);
  pm.press_power_button();
  pm.reset();
  EXPECT_FALSE(router.level(9));
  EXPECT_EQ(read16(0), 0);
}

}  // namespace
}  // namespace vireo::emulated
