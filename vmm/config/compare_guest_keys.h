#pragma once

#include "vmm/config/compare_config.h"
#include "vmm/config/schema.h"

// The key of a comparison's file that says what its guests are.
namespace vireo::config {

void read_compare_guest(const Node& node, CompareConfig& config, Diagnostics& diagnostics);

// Its JSON Schema without braces.
std::string compare_guest_schema();

}  // namespace vireo::config
