#pragma once

#include <string>

#include "vmm/compare/analysis.h"

namespace vireo::compare {

// A comparison as one page that needs nothing else: no script, no font, no other file.
// Shape: HTML 5 with pictures in SVG, also well-formed XML.
std::string html_report(const Comparison& comparison, const Analysis& analysis);

}  // namespace vireo::compare
