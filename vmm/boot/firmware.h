#pragma once

#include <string>

#include "vmm/base/mapping.h"
#include "vmm/boot/firmware_variables.h"

namespace vireo::boot {

// What a person wrote, resolved: files of a PC's firmware.
struct FirmwareFiles {
  std::string code;
  VariablesFiles variables;
  std::string package;  // Debian's, that has them; empty: somebody's own
};
// `firmware`: "seabios" and "ovmf" are where Debian has them, anything else is a path.
FirmwareFiles firmware_files(const std::string& firmware, const std::string& variables);

// Look whether the code can be what it should be, beside variables of that size.
// Errors: base::Error (kBootImage), each with what is wrong with which file and what to do.
void check_firmware(const FirmwareFiles& files, uint64_t variables_size);

// Firmware in host memory; it outlives a guest's reboots.
struct Firmware {
  base::Mapping code;   // whole pages; ends at 4 GiB in the guest
  Variables variables;  // end where the code begins
};
// Errors: those of check_firmware() and open_variables().
Firmware open_firmware(const FirmwareFiles& files);

}  // namespace vireo::boot
