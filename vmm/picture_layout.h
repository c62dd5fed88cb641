#pragma once

#include <string>
#include <vector>

#include "vmm/plan_picture.h"
#include "vmm/svg/svg.h"

// Where everything in a picture of a plan stands. All of it follows from what is to be shown.
// Units: pixels.
namespace vireo {

inline constexpr svg::TextStyle kHeadingText{.name = "heading", .size = 13, .monospaced = true, .bold = true};
inline constexpr svg::TextStyle kAsideText{.name = "aside", .size = 12, .monospaced = true};
inline constexpr svg::TextStyle kBodyText{.name = "body", .size = 12};
inline constexpr double kLineHeight = 17;
inline constexpr double kPadding = 12;

// A box with its place and its lines as they fit.
struct PlacedBox {
  const PictureBox* box = nullptr;
  svg::Box place;
  double level = 0;  // of lines to it: its heading's
  std::string heading;
  std::string aside;
  std::vector<PictureLine> lines;
  std::vector<PlacedBox> below;
};

// One side: roots outside, functions inside, where the links to the other side begin.
struct PlacedSide {
  double width = 0;
  double height = 0;
  std::vector<PlacedBox> boxes;
};

// Place one side with its upper left corner at `corner`. `mirrored`: its roots are on the right.
// Lifetime: as `boxes`.
PlacedSide place_side(const std::vector<PictureBox>& boxes, const svg::Point& corner, bool mirrored);

// How wide that side is.
double width_of_side(const std::vector<PictureBox>& boxes);

}  // namespace vireo
