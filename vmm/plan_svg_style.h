#pragma once

#include <string>

#include "vmm/svg/svg.h"

namespace vireo {

inline constexpr svg::TextStyle kTitleText{.name = "title", .size = 20, .bold = true};
inline constexpr svg::TextStyle kSideText{.name = "side", .size = 14, .bold = true};

// The style sheet of a plan's picture: colours for light and dark, and a stroke for each look, so that none is told by
// its colour alone.
std::string plan_style_sheet();

}  // namespace vireo
