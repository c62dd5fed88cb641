#pragma once

#include <string>

#include "vmm/config/compare_config.h"

namespace vireo::config {

// Read a comparison's file. Relative paths in it are relative to the file's folder.
// Errors: as load() and parse() of a guest's file.
CompareConfig load_compare(const std::string& path);
CompareConfig parse_compare(const std::string& text, const std::string& name);

// The JSON Schema (draft 2020-12) of the file.
std::string compare_schema();

}  // namespace vireo::config
