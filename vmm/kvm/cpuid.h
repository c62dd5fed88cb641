#pragma once

#include <linux/kvm.h>

#include <vector>

namespace vireo::kvm {

// Return one vCPU's CPUID: what KVM supports, with topology (one socket, one core a vCPU, APIC id = index), the
// hypervisor bit, x2APIC and the TSC deadline timer.
// Source: Intel SDM volume 2 CPUID; AMD APM volume 3 E.4.
std::vector<kvm_cpuid_entry2> guest_cpuid(std::vector<kvm_cpuid_entry2> supported, unsigned index, unsigned cpus);

}  // namespace vireo::kvm
