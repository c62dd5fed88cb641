#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vmm/boot/e820.h"
#include "vmm/platform/guest_memory.h"

namespace vireo::boot {

struct KernelFiles {
  std::string kernel;  // bzImage or PVH ELF vmlinux: the content says which
  std::string initrd;  // empty: none
  std::string command_line;
};

// What the kernel is told about the machine.
struct BootInformation {
  std::vector<E820Entry> e820;
  std::optional<base::GuestAddress> rsdp;
};

// How a kernel wants to be entered.
enum class Protocol {
  kLinux64,  // Documentation/arch/x86/boot.rst, "64-bit Boot Protocol"
  kPvh,      // Xen's docs/misc/pvh.pandoc: 32-bit protected mode
};

struct LoadedKernel {
  Protocol protocol = Protocol::kLinux64;
  base::GuestAddress entry;
  base::GuestAddress parameters;  // boot_params (kLinux64) or hvm_start_info (kPvh)
  base::GuestRange kernel;        // all memory the kernel needs before it reads the memory map
  base::GuestRange initrd;        // empty: none
};

// Look whether the file is a kernel that load_kernel() takes, as far as the file itself says. Return how much
// memory it needs.
// Errors: the same as load_kernel()'s.
uint64_t check_kernel(const std::string& path);

// Load kernel, initrd, command line and parameters into guest memory, straight from the files.
// May be called again for a guest reboot: nothing depends on what memory held.
// Errors: base::Error (kBootImage), each with what is wrong with which file and what to do.
LoadedKernel load_kernel(const KernelFiles& files, const platform::GuestMemory& memory,
                         const BootInformation& information);

}  // namespace vireo::boot
