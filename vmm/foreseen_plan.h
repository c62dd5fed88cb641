#pragma once

#include <string>

#include "vmm/plan.h"

namespace vireo {

// Make the plan of a file without changing the host: what `run` would meet, with each conflict.
// Errors: config::ConfigError.
Plan foresee_plan(const std::string& file);

}  // namespace vireo
