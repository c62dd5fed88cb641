#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string_view>

#include "vmm/compare/result.h"

namespace vireo::compare {

// Whose events a trace has.
struct TracedThreads {
  std::set<pid_t> cpus;  // threads that run a guest's CPUs
  std::set<pid_t> vmm;   // the other threads of its process
  uint64_t cost = 0;     // nanoseconds that recording one event takes, to be taken off the times
};

// Return what a trace shows between the agent's marks, CPUID leaf 0x4fff1233 and hypercall 0x5e6 (agent/protocol.h), as
// text of the tracing file `trace`: kvm_cpuid, kvm_hypercall, kvm_exit, kvm_entry, kvm_userspace_exit, kvm_msi_set_irq,
// sys_enter and sched_switch, in the order of time. Without both marks: `missing` says so.
// Source: Documentation/trace/ftrace.rst, "The File System"; arch/x86/kvm/trace.h.
Events read_trace(std::string_view text, const TracedThreads& threads);

}  // namespace vireo::compare
