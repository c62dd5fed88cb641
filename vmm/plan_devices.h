#pragma once

#include <vector>

#include "vmm/config/config.h"

namespace vireo {

// The file's devices in its order, wherever they sit. Lifetime: as `config`.
std::vector<const config::DeviceConfig*> devices_of(const config::Config& config);

// The virtio devices among them.
std::vector<const config::VirtioConfig*> virtio_devices_of(const config::Config& config);

// What the file says of a device that it names.
const config::DeviceConfig& device_config(const config::Config& config, const std::string& address);

}  // namespace vireo
