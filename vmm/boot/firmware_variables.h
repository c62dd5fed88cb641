#pragma once

#include <string>

#include "vmm/base/fd.h"
#include "vmm/base/mapping.h"

// UEFI's variables: what firmware has in flash below its code, and changes.
namespace vireo::boot {

struct VariablesFiles {
  std::string path;      // empty: nothing of them outlives vireo
  std::string original;  // what they begin as; empty: unknown, `path` must be there
};

// Look whether the files can be what they should be, and `path` be written. Return the variables' size, 0: there are
// none. Errors: base::Error (kBootImage), each with what is wrong with which file and what to do.
uint64_t check_variables(const VariablesFiles& files);

struct Variables {
  base::Mapping bytes;  // nothing: there are none
  base::Fd file;        // locked; nothing: they are a copy in memory
};
// Make the file where there is none, whole or not at all, and lock it.
// Errors: the same, and when another guest has them.
Variables open_variables(const VariablesFiles& files);

// Have what the guest has stored on the disk. A failure is logged.
void sync_variables(const Variables& variables) noexcept;

}  // namespace vireo::boot
