#pragma once

#include "emulated/block/disk_image.h"
#include "vmm/config/config.h"

namespace vireo {

// How a disk is opened, and what vireo itself has made for that: cloud_init's disk is there as long as this or whoever
// has opened it.
struct DiskSource {
  emulated::DiskSettings settings;
  base::Fd made;
};

// Errors: base::Error, as boot::make_seed_disk's.
DiskSource disk_source(const config::Config& config, const config::DiskConfig& disk);

}  // namespace vireo
