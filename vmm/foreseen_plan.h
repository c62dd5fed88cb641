#pragma once

#include <string>

#include "vmm/plan.h"

namespace vireo {

// Make the plan of a file without changing the host: what `run` would meet, with each conflict.
// Errors: config::ConfigError.
Plan foresee_plan(const std::string& file);

// Add what a picture shows of the host beside the guest's devices: names, NUMA nodes, the bridges above them, the PFs
// of VFs. Changes nothing on the host.
void look_at_neighbours(Plan& plan);

}  // namespace vireo
