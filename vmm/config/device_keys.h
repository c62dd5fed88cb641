#pragma once

#include "vmm/config/schema.h"

namespace vireo::config {

// Read what stands at `device:`, or one entry of `functions:`.
DeviceConfig read_device_keys(const Node& node, Diagnostics& diagnostics);

// The schemas `reset`, `device`, `vf`, `match` and `expect`.
std::string device_definitions();

}  // namespace vireo::config
