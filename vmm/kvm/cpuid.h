#pragma once

#include <linux/kvm.h>

#include <vector>

namespace vireo::kvm {

// Return one vCPU's CPUID: what KVM supports, with topology (one socket, one core a vCPU, APIC id = index), the
// hypervisor bit, x2APIC and the TSC deadline timer. A hidden hypervisor shows neither its bit nor leaves of its own:
// the guest loses KVM's clock with them.
// Source: Intel SDM volume 2 CPUID; AMD APM volume 3 E.4; Documentation/virt/kvm/x86/cpuid.rst.
struct CpuShape {
  unsigned index = 0;
  unsigned cpus = 1;
  bool hide_hypervisor = false;
};
std::vector<kvm_cpuid_entry2> guest_cpuid(std::vector<kvm_cpuid_entry2> supported, const CpuShape& shape);

}  // namespace vireo::kvm
