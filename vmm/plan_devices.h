#pragma once

#include <vector>

#include "vmm/config/config.h"

namespace vireo {

// The file's devices in its order, wherever they sit. Lifetime: as `config`.
std::vector<const config::DeviceConfig*> devices_of(const config::Config& config);

}  // namespace vireo
