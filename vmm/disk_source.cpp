#include "vmm/disk_source.h"

#include "vmm/boot/seed_disk.h"

namespace vireo {

DiskSource disk_source(const config::Config& config, const config::DiskConfig& disk) {
  DiskSource source{.settings = {.path = disk.image, .read_only = disk.read_only, .direct = disk.direct}, .made = {}};
  if (!disk.seed) return source;
  source.made = boot::make_seed_disk({.guest = config.name,
                                      .user_data = config.cloud_init->user_data,
                                      .network = config.cloud_init->network,
                                      .files = config.cloud_init->files});
  source.settings.path = "/proc/self/fd/" + std::to_string(source.made.get());
  return source;
}

}  // namespace vireo
