#include "vmm/kvm/cpuid.h"

#include <bit>
#include <cstdint>

namespace vireo::kvm {
namespace {

constexpr uint32_t kHypervisorBit = 1u << 31;  // of leaf 1's ECX

// Bits of an APIC id that number the cores of a socket.
unsigned core_bits(unsigned cpus) {
  return cpus <= 1 ? 0 : static_cast<unsigned>(std::bit_width(cpus - 1));
}

void set_bits(uint32_t& value, unsigned low, unsigned bits, uint32_t field) {
  const uint32_t mask = ((uint32_t{1} << bits) - 1) << low;
  value = (value & ~mask) | ((field << low) & mask);
}

void patch_basic(kvm_cpuid_entry2& entry, unsigned index, unsigned cpus) {
  set_bits(entry.ebx, 24, 8, index);
  set_bits(entry.ebx, 16, 8, 1u << core_bits(cpus));
  entry.ecx |= kHypervisorBit;
  entry.ecx |= 1u << 21;                 // x2APIC, by the in-kernel local APIC
  entry.ecx |= 1u << 24;                 // TSC deadline timer, the same
  set_bits(entry.edx, 28, 1, cpus > 1);  // HTT: EBX 23:16 holds
}

// Leaves 0xb and 0x1f: level 0 threads (one a core), level 1 cores.
void patch_extended_topology(kvm_cpuid_entry2& entry, unsigned index, unsigned cpus) {
  entry.edx = index;
  entry.ecx = entry.index;
  entry.eax = 0;
  entry.ebx = 0;
  if (entry.index == 0) {
    entry.ebx = 1;
    entry.ecx |= 1u << 8;
  } else if (entry.index == 1) {
    entry.eax = core_bits(cpus);
    entry.ebx = cpus;
    entry.ecx |= 2u << 8;
  }
}

void patch_cache(kvm_cpuid_entry2& entry, unsigned cpus) {
  const uint32_t level = (entry.eax >> 5) & 7;
  set_bits(entry.eax, 14, 12, level >= 3 ? (1u << core_bits(cpus)) - 1 : 0);
  set_bits(entry.eax, 26, 6, (1u << core_bits(cpus)) - 1);
}

void patch_amd_cache(kvm_cpuid_entry2& entry, unsigned cpus) {
  const uint32_t level = (entry.eax >> 5) & 7;
  set_bits(entry.eax, 14, 12, level >= 3 ? cpus - 1 : 0);
}

void patch(kvm_cpuid_entry2& entry, unsigned index, unsigned cpus) {
  switch (entry.function) {
    case 0x1:
      return patch_basic(entry, index, cpus);
    case 0x4:
      return patch_cache(entry, cpus);
    case 0xb:
    case 0x1f:
      return patch_extended_topology(entry, index, cpus);
    case 0x80000008:
      set_bits(entry.ecx, 0, 8, cpus - 1);
      set_bits(entry.ecx, 12, 4, core_bits(cpus));
      return;
    case 0x8000001d:
      return patch_amd_cache(entry, cpus);
    case 0x8000001e:
      entry.eax = index;
      entry.ebx = index & 0xff;  // compute unit id, one thread
      entry.ecx = 0;             // node 0, one node
      return;
    default:
      return;
  }
}

}  // namespace

std::vector<kvm_cpuid_entry2> guest_cpuid(std::vector<kvm_cpuid_entry2> supported, const CpuShape& shape) {
  for (kvm_cpuid_entry2& entry : supported) patch(entry, shape.index, shape.cpus);
  if (!shape.hide_hypervisor) return supported;
  std::erase_if(supported, [](const kvm_cpuid_entry2& entry) { return entry.function >> 28 == 4; });
  for (kvm_cpuid_entry2& entry : supported)
    if (entry.function == 1) entry.ecx &= ~kHypervisorBit;
  return supported;
}

}  // namespace vireo::kvm
