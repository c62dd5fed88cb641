#pragma once

#include <optional>
#include <vector>

#include "vmm/compare/analysis.h"

namespace vireo::compare {

// Return what the medium takes when it is polled and what the paths add to it. Errors: nothing where the host's own
// path was not measured: the floor is unknown then.
std::optional<Floor> floor_of(const Analysis& analysis);

// Return the names of all parts that paths add to a floor, in the order of an operation's way.
std::vector<std::string> part_names(const Floor& floor);

// Explain what each guest's path takes more than the reference at depth 1, where both were counted.
std::vector<Explanation> explain(const Analysis& analysis);

}  // namespace vireo::compare
