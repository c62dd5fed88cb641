#pragma once

#include <string>
#include <vector>

#include "vmm/config/schema.h"

namespace vireo::config {

// Read what stands at a device's `vf:`.
VfConfig read_vf_keys(const Node& node, Diagnostics& diagnostics);
// The same without its PF, which is said elsewhere.
VfConfig read_vf_settings(const Node& node, Diagnostics& diagnostics);

// The schema `vf` of each.
std::string vf_definition();
std::string vf_settings_definition();

// Return the keys that a command line can set.
std::vector<std::string> vf_setting_names();

// Read what a command line says of a VF, in `ip link set vf`'s way: {"mac", "52:54:00:12:34:56", "namespaces", "1,2"}.
// Errors: ConfigError, pointing at the word.
VfConfig parse_vf_settings(const std::vector<std::string>& words);

}  // namespace vireo::config
