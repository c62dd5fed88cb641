#pragma once

#include <nlohmann/json.hpp>

#include "vmm/config/compare_config.h"

namespace vireo::compare {

// Return what a guest's root port has for a VF of `pf`, with what the comparison's file says of it.
nlohmann::json vf_device(const config::VfConfig& vf, const std::string& pf);

}  // namespace vireo::compare
