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

// A key that a command line can set, and what it can be; no choices: a word of the user's own.
struct VfSetting {
  std::string name;
  std::vector<std::string> choices;
};
std::vector<VfSetting> vf_settings();

// Read what a command line says of a VF, in `ip link set vf`'s way: {"mac", "52:54:00:12:34:56", "namespaces", "1,2"}.
// Errors: ConfigError, pointing at the word.
VfConfig parse_vf_settings(const std::vector<std::string>& words);

}  // namespace vireo::config
