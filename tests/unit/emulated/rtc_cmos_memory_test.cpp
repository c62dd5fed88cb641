// What firmware looks up in CMOS memory. Source: SeaBIOS src/hw/rtc.h; edk2 OvmfPkg/PlatformPei.
#include "tests/unit/emulated/rtc_fixture.h"

namespace vireo::emulated {
namespace {

using base::kGiB;
using base::kMiB;
using base::kTiB;

class CmosMemory : public RtcFixture {
 protected:
  void describe(uint64_t below, uint64_t above, unsigned cpus = 1) {
    rtc.describe({.memory_below_4_gib = below, .memory_above_4_gib = above, .cpus = cpus});
  }
  // Bytes from `index` on, the lowest first.
  uint32_t number(uint8_t index, unsigned width) {
    uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i) value |= uint32_t{get(static_cast<uint8_t>(index + i))} << 8 * i;
    return value;
  }
};

// Interrupt list, CMOS 15h: "Base memory in K".
TEST_F(CmosMemory, HasTheBaseMemoryOfAPc) {
  describe(kGiB, 0);
  EXPECT_EQ(number(0x15, 2), 640u);
}

// CMOS 17h, 30h: "Extended memory in K", from 1 MiB on.
TEST_F(CmosMemory, HasExtendedMemoryInKib) {
  describe(33 * kMiB, 0);
  EXPECT_EQ(number(0x17, 2), 32u * 1024);
  EXPECT_EQ(number(0x30, 2), 32u * 1024);
}

TEST_F(CmosMemory, HasNoMoreExtendedMemoryThanItCanSay) {
  describe(2 * kGiB, 0);
  EXPECT_EQ(number(0x17, 2), 0xffffu);
  EXPECT_EQ(number(0x30, 2), 0xffffu);
}

// SeaBIOS CMOS_MEM_EXTMEM2_LOW: 64 KiB units from 16 MiB on.
TEST_F(CmosMemory, HasMemoryFrom16Mib) {
  describe(2 * kGiB, 0);
  EXPECT_EQ(number(0x34, 2), (2 * kGiB - 16 * kMiB) >> 16);
}

TEST_F(CmosMemory, HasNoMemoryFrom16MibInASmallGuest) {
  describe(8 * kMiB, 0);
  EXPECT_EQ(number(0x34, 2), 0u);
}

TEST_F(CmosMemory, HasNoExtendedMemoryInATinyGuest) {
  describe(kMiB / 2, 0);
  EXPECT_EQ(number(0x17, 2), 0u);
}

// SeaBIOS CMOS_MEM_HIGHMEM_LOW, MID, HIGH: 64 KiB units from 4 GiB on.
TEST_F(CmosMemory, HasMemoryFrom4Gib) {
  describe(2 * kGiB, 6 * kGiB);
  EXPECT_EQ(number(0x5b, 3), (6 * kGiB) >> 16);
}

TEST_F(CmosMemory, HasNoMoreHighMemoryThanItCanSay) {
  describe(2 * kGiB, 2 * kTiB);
  EXPECT_EQ(number(0x5b, 3), 0xffffffu);
}

TEST_F(CmosMemory, SaysThatThereIsNoHighMemory) {
  describe(kGiB, 0);
  EXPECT_EQ(number(0x5b, 3), 0u);
}

// SeaBIOS CMOS_BIOS_BOOTFLAG2: the low nibble is the first, 2 is a disk.
TEST_F(CmosMemory, BootsFromADisk) {
  describe(kGiB, 0);
  EXPECT_EQ(get(0x3d), 2);
}

// SeaBIOS CMOS_BIOS_SMP_COUNT.
TEST_F(CmosMemory, CountsCpusLessOne) {
  describe(kGiB, 0, 4);
  EXPECT_EQ(get(0x5f), 3);
}

TEST_F(CmosMemory, CountsNoMoreCpusThanItCanSay) {
  describe(kGiB, 0, 300);
  EXPECT_EQ(get(0x5f), 255);
}

TEST_F(CmosMemory, LeavesTheTimeAlone) {
  describe(kGiB, 0);
  EXPECT_EQ(get(0x09), 0x24);
  EXPECT_EQ(get(0x32), 0x20);
}

// It is memory: a guest stores there what it likes, and a battery keeps it.
TEST_F(CmosMemory, KeepsWhatAGuestStoresOverReset) {
  describe(kGiB, 0);
  set(0x34, 0x12);
  rtc.reset();
  EXPECT_EQ(get(0x34), 0x12);
  EXPECT_EQ(number(0x15, 2), 640u);
}

}  // namespace
}  // namespace vireo::emulated
