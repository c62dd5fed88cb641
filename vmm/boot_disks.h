#pragma once

#include <string>
#include <vector>

#include "vmm/plan.h"

namespace vireo {

// A disk that firmware may boot from.
struct BootDisk {
  std::string function;  // PlannedFunction::name
  // For firmware. Source: IEEE 1275 PCI bus binding 2.1, as QEMU's bootindex writes it for SeaBIOS and edk2.
  std::string path;
  unsigned rank = 0;  // 0: the file's choice
};

// First the one at `boot.disk`, then emulated ones, which somebody made for this guest, then passed-through ones; the
// file's order among them. SeaBIOS tries the first only.
std::vector<BootDisk> boot_disks(const Plan& plan);

// A guest with firmware has a disk, and one where `boot.disk` says.
void check_boot_disk(Plan& plan);

}  // namespace vireo
