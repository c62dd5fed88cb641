#pragma once

#include <string>

#include "vmm/plan.h"

namespace vireo {

// The plan as a picture: the host's topology on the left, the guest's on the right, and a line from each function to
// what it becomes. One file that needs no other, for light and dark.
// Shape: SVG 2 with a style sheet, no script.
std::string plan_svg(const Plan& plan);

}  // namespace vireo
