#pragma once

#include <string>
#include <vector>

#include "vmm/compare/analysis.h"

namespace vireo::compare {

// Say what makes a comparison less than it seems, what was seen while measuring included.
std::vector<std::string> warnings(const Comparison& comparison, const Analysis& analysis);

// "emulated host: QEMU TCG, times are not those of hardware". Of hardware: nothing.
std::string emulation_warning(const Environment& environment);

}  // namespace vireo::compare
