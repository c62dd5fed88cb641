#pragma once

#include "vmm/config/compare_config.h"
#include "vmm/config/keys.h"
#include "vmm/config/yaml_tree.h"

namespace vireo::config {

// Read a whole number into one of its members.
template <auto kMember, uint64_t kLeast, uint64_t kMost>
void read_count(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  uint64_t value = config.*kMember;
  read_number(node, {kLeast, kMost}, value, diagnostics);
  config.*kMember = static_cast<std::remove_reference_t<decltype(config.*kMember)>>(value);
}

// What a comparison's file says of the medium, of the paths to it, and of what is done there.
Keys<CompareConfig> compare_medium_keys();
// The JSON Schema of a range of it: what follows the opening brace.
std::string compare_range_schema();
// What no key sees by itself.
void check_medium(const Node& root, const CompareConfig& config, Diagnostics& diagnostics);

}  // namespace vireo::config
