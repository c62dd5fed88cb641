#pragma once

#include <cstdint>

#include "vmm/boot/kernel.h"
#include "vmm/platform/guest_memory.h"

namespace vireo::boot {

// A segment register with its hidden part. Source: Intel SDM volume 3, 3.4.5.
struct SegmentState {
  uint16_t selector = 0;
  uint32_t base = 0;
  uint32_t limit = 0;           // bytes, inclusive (after granularity)
  uint8_t type = 0;             // the descriptor's four type bits, accessed bit set
  bool code_or_data = true;     // S
  bool long_mode = false;       // L
  bool default_32 = false;      // D/B
  bool granularity_4k = false;  // G
};

// The boot vCPU's registers at the kernel's first instruction; what is not named is zero.
// Other vCPUs wait for INIT-SIPI and need none of it.
struct InitialCpuState {
  Protocol protocol = Protocol::kLinux64;
  uint64_t rip = 0;
  uint64_t rsi = 0;     // kLinux64: boot_params
  uint64_t rbx = 0;     // kPvh: hvm_start_info
  uint64_t rflags = 2;  // interrupts off; bit 1 is always set
  uint64_t cr0 = 0;
  uint64_t cr3 = 0;  // page-table root; 0: paging off
  uint64_t cr4 = 0;
  uint64_t efer = 0;
  uint64_t gdt_base = 0;
  uint16_t gdt_limit = 0;
  SegmentState code;  // CS
  SegmentState data;  // DS, ES, FS, GS, SS
  SegmentState task;  // TR
};

// Write a GDT and, for kLinux64, page tables that map the first 4 GiB to themselves; return the registers that use
// them. Errors: base::Error (kBootImage) when the guest has no memory there.
InitialCpuState prepare_cpu(const LoadedKernel& kernel, const platform::GuestMemory& memory);

}  // namespace vireo::boot
