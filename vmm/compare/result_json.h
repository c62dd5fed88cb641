#pragma once

#include <string>

#include "vmm/compare/analysis.h"

namespace vireo::compare {

// The format's version: what reads a file refuses any other.
inline constexpr unsigned kFormat = 2;

// A comparison for programs, with what it means under "analysis".
// Shape: configs/compare-result.schema.json.
std::string comparison_json(const Comparison& comparison, const Analysis& analysis);

// Read a comparison back. What is under "analysis" is left out: analyse() says it again.
// Errors: base::Error with the file's name, where in it something is wrong, and what to do.
Comparison parse_comparison(const std::string& text, const std::string& file);

}  // namespace vireo::compare
