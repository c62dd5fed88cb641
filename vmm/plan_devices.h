#pragma once

#include <vector>

#include "vfio/host/facts.h"
#include "vmm/config/config.h"

namespace vireo {

// The file's devices in its order, wherever they sit. Lifetime: as `config`.
std::vector<const config::DeviceConfig*> devices_of(const config::Config& config);

// Those that the file does not name by their addresses, to be given them. Lifetime: as `config`.
std::vector<config::DeviceConfig*> unnamed_devices_of(config::Config& config);
// Unplug those of them that have none.
void erase_unknown_devices(config::Config& config);

// The emulated devices of the file.
std::vector<const config::EmulatedConfig*> emulated_devices_of(const config::Config& config);
// Interrupt vectors that one has: the configuration's and each queue's.
unsigned vectors_of(const config::EmulatedConfig& device);
// Files that it, or a device of the host's, has open.
uint64_t files_of(const config::EmulatedConfig& device);
uint64_t files_of(const host::HostFacts& facts);

// What the file says of a device that it names.
const config::DeviceConfig& device_config(const config::Config& config, const std::string& address);

}  // namespace vireo
