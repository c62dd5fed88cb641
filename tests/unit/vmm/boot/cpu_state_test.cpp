#include "vmm/boot/cpu_state.h"

#include <gtest/gtest.h>

#include "tests/unit/vmm/boot/boot_fixture.h"

namespace vireo::boot {
namespace {

class CpuState : public testing::Test {
 protected:
  InitialCpuState prepare(Protocol protocol) {
    return prepare_cpu(
        {.protocol = protocol, .entry = base::GuestAddress(0x1000200), .parameters = base::GuestAddress(0x7000)},
        memory);
  }
  platform::GuestMemory memory = make_memory(2 * base::kMiB);
};

// boot.rst, "64-bit Boot Protocol": %rsi holds the base address of struct boot_params.
TEST_F(CpuState, Linux64IsLongModeWithParametersInRsi) {
  const InitialCpuState cpu = prepare(Protocol::kLinux64);
  EXPECT_EQ(cpu.rip, 0x1000200u);
  EXPECT_EQ(cpu.rsi, 0x7000u);
  EXPECT_EQ(cpu.cr0, 0x80000011u);
  EXPECT_EQ(cpu.efer, 0x500u);
  EXPECT_TRUE(cpu.code.long_mode);
}

// pvh.pandoc: cr0 PE set, others clear; ebx has the start info; flat 32-bit segments.
TEST_F(CpuState, PvhIs32BitWithoutPaging) {
  const InitialCpuState cpu = prepare(Protocol::kPvh);
  EXPECT_EQ(cpu.rbx, 0x7000u);
  EXPECT_EQ(cpu.cr0, 0x11u);
  EXPECT_EQ(cpu.cr3, 0u);
  EXPECT_EQ(cpu.efer, 0u);
  EXPECT_TRUE(cpu.code.default_32);
  EXPECT_EQ(cpu.task.limit, 0x67u);
}

TEST_F(CpuState, GdtHasFlatSegments) {
  prepare(Protocol::kLinux64);
  EXPECT_EQ(load<uint64_t>(memory, 0x500 + 0x10), 0x00af9b000000ffffu);
  EXPECT_EQ(load<uint64_t>(memory, 0x500 + 0x18), 0x00cf93000000ffffu);
  EXPECT_EQ(load<uint64_t>(memory, 0x500 + 0x20), 0x00008b0000000067u);
}

TEST_F(CpuState, PageTablesMapFourGibibytesToThemselves) {
  const InitialCpuState cpu = prepare(Protocol::kLinux64);
  EXPECT_EQ(load<uint64_t>(memory, cpu.cr3), 0xa003u);
  EXPECT_EQ(load<uint64_t>(memory, 0xa000 + 3 * 8), 0xe003u);
  EXPECT_EQ(load<uint64_t>(memory, 0xa000 + 4 * 8), 0u);
  EXPECT_EQ(load<uint64_t>(memory, 0xb000), 0x83u);
  EXPECT_EQ(load<uint64_t>(memory, 0xe000 + 511 * 8), 0xffe00083u);
}

}  // namespace
}  // namespace vireo::boot
