#pragma once

#include <string>
#include <vector>

#include "vmm/compare/analysis.h"

namespace vireo::compare {

// A comparison for a person at a terminal: what was measured where, the headline, a table of each workload, the ratios,
// findings and warnings.
// Shape: lines of 100 columns at most, but for names longer than that.
std::string comparison_text(const Comparison& comparison, const Analysis& analysis);

// A heading and a line with a dash for each of `lines`, in a hundred columns. Of nothing: nothing.
std::string list_text(const std::string& heading, const std::vector<std::string>& lines);

// Return text in lines of `width` columns, the lines after the first indented by `indent` blanks.
std::string wrapped(const std::string& text, size_t width, size_t indent);

}  // namespace vireo::compare
