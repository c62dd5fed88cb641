#pragma once

#include <string>

#include "vmm/compare/medium.h"

namespace vireo::compare {

// Return the guest's file for a path, as `vireo run` takes it: JSON, which YAML has in it.
std::string guest_file(const std::string& path, const config::CompareConfig& config, const Route& route,
                       const GuestFiles& files);

}  // namespace vireo::compare
