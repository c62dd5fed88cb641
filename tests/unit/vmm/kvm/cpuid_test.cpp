#include "vmm/kvm/cpuid.h"

#include <gtest/gtest.h>

namespace vireo::kvm {
namespace {

kvm_cpuid_entry2 patched(uint32_t function, uint32_t index, unsigned vcpu, unsigned cpus) {
  kvm_cpuid_entry2 entry{};
  entry.function = function;
  entry.index = index;
  return guest_cpuid({entry}, {.index = vcpu, .cpus = cpus}).front();
}

TEST(Cpuid, GivesEachCpuItsApicId) {
  EXPECT_EQ(patched(1, 0, 3, 4).ebx >> 24, 3u);
}

TEST(Cpuid, SaysThatThereIsAHypervisor) {
  EXPECT_NE(patched(1, 0, 0, 1).ecx & (1u << 31), 0u);
}

// Intel SDM volume 2, CPUID leaf 0xb: level 1 has type 2 (core) and the bits that number the cores.
TEST(Cpuid, CountsTheCores) {
  const kvm_cpuid_entry2 entry = patched(0xb, 1, 2, 6);
  EXPECT_EQ(entry.eax, 3u);
  EXPECT_EQ(entry.ebx, 6u);
  EXPECT_EQ(entry.ecx, 1u | 2u << 8);
  EXPECT_EQ(entry.edx, 2u);
}

// Documentation/virt/kvm/x86/cpuid.rst: KVM's own leaves begin at 0x40000000.
TEST(Cpuid, HidesTheHypervisor) {
  kvm_cpuid_entry2 basic{};
  basic.function = 1;
  kvm_cpuid_entry2 own{};
  own.function = 0x40000001;
  const auto shown = guest_cpuid({basic, own}, {.index = 0, .cpus = 1, .hide_hypervisor = true});
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown.front().ecx & (1u << 31), 0u);
}

TEST(Cpuid, LeavesOtherLeavesAlone) {
  EXPECT_EQ(patched(7, 0, 1, 2).ebx, 0u);
}

}  // namespace
}  // namespace vireo::kvm
