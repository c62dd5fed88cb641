#pragma once

#include <string>

#include "vmm/plan.h"

namespace vireo {

// The plan for a person: tree beside host devices, memory map, BARs, DMA ranges, vectors, memlock, conflicts.
std::string plan_text(const Plan& plan);
// The same for programs; the keys are stable.
std::string plan_json(const Plan& plan);

}  // namespace vireo
