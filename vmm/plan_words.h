#pragma once

#include <string>

#include "vmm/plan.h"

namespace vireo {

// What a plan's text and its picture call things.

// What a function is: "root port", "passthrough".
const char* kind_text(const FunctionRole& role);
// Where it is: "01:00.0".
std::string place_text(const pci::PlannedFunction& function);
// What of the host an emulated device uses: "tap vnet0", "/d.raw (1 GiB, read-only)"; empty: nothing.
std::string backing_text(const Plan& plan, const FunctionRole& role);

}  // namespace vireo
