#pragma once

#include <nlohmann/json.hpp>

#include "vmm/compare/analysis.h"

namespace vireo::compare {

// Members stand as they are written here, not by their names.
using json = nlohmann::ordered_json;

// What a comparison means, for scripts that need not compute.
json analysis_json(const Analysis& analysis);

// "value", "low", "high"; without an interval the latter are null. Of nothing: null.
json ratio_json(const std::optional<Ratio>& ratio);

}  // namespace vireo::compare
