#pragma once

#include <optional>
#include <vector>

#include "vmm/compare/analysis.h"

namespace vireo::compare {

// Return what the host's own path takes and what the guests' paths add to it. Errors: nothing where the host was not
// measured at depth 1.
std::optional<Floor> floor_of(const Analysis& analysis);

// Explain what each guest's path takes more than the reference at depth 1, where both were counted.
std::vector<Explanation> explain(const Analysis& analysis);

}  // namespace vireo::compare
