#pragma once

#include <string>

#include "vmm/base/fd.h"
#include "vmm/base/mapping.h"

namespace vireo::boot {

// What a person wrote, resolved: files of a PC's firmware.
struct FirmwareFiles {
  std::string code;
  std::string variables;           // what the guest may change; empty: nothing of it outlives vireo
  std::string variables_template;  // what `variables` begins as; empty: the firmware has none
  std::string package;             // Debian's, that has them; empty: somebody's own
};
// `firmware`: "seabios" and "ovmf" are where Debian has them, anything else is a path.
FirmwareFiles firmware_files(const std::string& firmware, const std::string& variables);

// Look whether the files can be what they should be. Return the size of the code.
// Errors: base::Error (kBootImage), each with what is wrong with which file and what to do.
uint64_t check_firmware(const FirmwareFiles& files);

// Firmware in host memory; it outlives a guest's reboots.
struct Firmware {
  base::Mapping code;       // whole pages; ends at 4 GiB in the guest
  base::Mapping variables;  // ends where the code begins; nothing: all is read-only
  base::Fd lock;            // of the file of variables
};
// Make the file of variables from its template where there is none yet, and lock it.
// Errors: the same, and kHost when the file cannot be written or another guest has it.
Firmware open_firmware(const FirmwareFiles& files);

}  // namespace vireo::boot
