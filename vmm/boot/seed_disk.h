#pragma once

#include <map>
#include <string>

#include "vmm/base/fd.h"

namespace vireo::boot {

// The files that cloud-init in a guest sets it up from, and the guest's name, which becomes its host name.
struct SeedSettings {
  std::string guest;
  std::string user_data;
  std::string network;                            // empty: none
  std::map<std::string, std::string> files = {};  // more: their names on the disk, and their paths
};

// Return a file in memory that is their disk: ISO 9660 with the label `cidata`, and user-data, meta-data and
// network-config in it, and the files, which may be run. The instance has another id when the files' contents differ:
// cloud-init then runs anew. Source: cloud-init's documentation, "NoCloud" and "User data formats". Errors: base::Error
// (kBootImage) when a file is not to be had, is larger than 16 MiB, or is nothing that cloud-init would take; (kHost)
// when the host has no libarchive.
base::Fd make_seed_disk(const SeedSettings& settings);

}  // namespace vireo::boot
