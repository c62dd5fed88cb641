#pragma once

#include "vmm/boot/image_file.h"
#include "vmm/boot/kernel.h"

// What both kernel formats share. Errors: base::Error (kBootImage).
namespace vireo::boot {

// What a loader gets; `kernel` is open and recognised.
struct LoadRequest {
  const ImageFile& kernel;
  const KernelFiles& files;
  const platform::GuestMemory& memory;
  const BootInformation& information;
};

// Look at what the file itself says; return how much memory the kernel needs.
uint64_t check_bzimage(const ImageFile& kernel);
uint64_t check_pvh(const ImageFile& kernel);

LoadedKernel load_bzimage(const LoadRequest& request);
LoadedKernel load_pvh(const LoadRequest& request);

// Load the initrd as high as it fits below `limit`, apart from `kernel`; return where (empty: none asked for).
base::GuestRange load_initrd(const LoadRequest& request, uint64_t limit, const base::GuestRange& kernel);

// Write the command line with its NUL at kCommandLineArea; `limit` is the kernel's longest, without the NUL.
void write_command_line(const LoadRequest& request, uint64_t limit);

// Write an object of the boot protocol into low memory.
void write_low(const LoadRequest& request, uint64_t address, std::span<const uint8_t> data);
template <typename T>
void write_low_object(const LoadRequest& request, uint64_t address, const T& object) {
  write_low(request, address, {reinterpret_cast<const uint8_t*>(&object), sizeof object});
}

// Return e820, checked to fit the protocols' tables.
const std::vector<E820Entry>& checked_e820(const LoadRequest& request);

// Return "the kernel needs <needed>, the guest has <size>" for a kernel that does not fit.
base::Error too_large(const LoadRequest& request, uint64_t needed);

}  // namespace vireo::boot
