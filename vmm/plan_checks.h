#pragma once

#include "vmm/plan.h"

namespace vireo {

// Add every conflict between the file and the host to plan.conflicts.
void check_files(Plan& plan, const Surroundings& surroundings);
void check_devices(Plan& plan, const Surroundings& surroundings);
void check_machine(Plan& plan);

}  // namespace vireo
