#pragma once

#include "vmm/config/schema.h"

// The tables of keys: one a mapping of the file.
namespace vireo::config {

Keys<Config> config_keys();

// What the tables' schemas refer to: `"memory":{...},...`.
std::string config_definitions();

// Read "seabios", "ovmf" or a path.
void read_firmware(const Node& node, std::string& target, Diagnostics& diagnostics);

}  // namespace vireo::config
