#pragma once

#include <string>

#include "vmm/compare/result.h"

namespace vireo::compare {

// Every bucket of every window, for programs: path, depth, percent, round, from_ns, to_ns (both included), count, and
// in `host` what emulates the host, or "hardware".
std::string histograms_csv(const Comparison& comparison);

}  // namespace vireo::compare
