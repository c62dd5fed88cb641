#include "vmm/picture_layout.h"

#include <algorithm>

namespace vireo {
namespace {

constexpr double kBridgeWidth = 140;
constexpr double kFunctionWidth = 320;
constexpr double kColumnGap = 16;
constexpr double kRowGap = 12;

// How many boxes stand over one another at most.
size_t columns_over(const std::vector<PictureBox>& boxes) {
  size_t most = 0;
  for (const PictureBox& box : boxes)
    if (box.over) most = std::max(most, 1 + columns_over(box.below));
  return most;
}

std::vector<PictureLine> broken_lines(const PictureBox& box, double width) {
  std::vector<PictureLine> lines;
  for (const PictureLine& line : box.lines)
    for (std::string& part : svg::wrap_text(line.text, kBodyText, width, line.most_lines))
      lines.push_back({.tone = line.tone, .text = std::move(part)});
  return lines;
}

double height_of(size_t lines) {
  return 2 * kPadding + kLineHeight * static_cast<double>(lines + 1) - 3;
}

class SideBuilder {
 public:
  SideBuilder(const svg::Point& corner, double width, bool mirrored)
      : corner_(corner), width_(width), mirrored_(mirrored) {}

  // A box that stands over others is as high as they are together: so no two meet.
  PlacedBox place(const PictureBox& box, size_t column, double y) {
    const double width = box.over ? kBridgeWidth : kFunctionWidth;
    const double inside = width - 2 * kPadding;
    PlacedBox placed{.box = &box, .place = {}, .lines = broken_lines(box, inside)};
    placed.heading = svg::fit_text(box.heading, kHeadingText, inside);
    const double left = inside - svg::text_width(placed.heading, kHeadingText) - kPadding;
    placed.aside = svg::fit_text(box.aside, kAsideText, std::max(left, 0.0));
    placed.place = {.x = x_of(box, column), .y = y, .width = width, .height = height_of(placed.lines.size())};
    placed.level = y + kPadding + kLineHeight / 2;
    const double below = place_all(box.below, column + 1, y, placed.below) - y;
    placed.place.height = std::max(placed.place.height, below);
    return placed;
  }

  // Return where they end.
  double place_all(const std::vector<PictureBox>& boxes, size_t column, double y, std::vector<PlacedBox>& placed) {
    double end = y;
    for (const PictureBox& box : boxes) {
      placed.push_back(place(box, column, placed.empty() ? y : end + kRowGap));
      end = placed.back().place.bottom();
    }
    return end;
  }

 private:
  double x_of(const PictureBox& box, size_t column) const {
    const double from_outside =
        box.over ? static_cast<double>(column) * (kBridgeWidth + kColumnGap) : width_ - kFunctionWidth;
    return corner_.x + (mirrored_ ? width_ - from_outside - (box.over ? kBridgeWidth : kFunctionWidth) : from_outside);
  }

  svg::Point corner_;
  double width_;
  bool mirrored_;
};

}  // namespace

double width_of_side(const std::vector<PictureBox>& boxes) {
  return static_cast<double>(columns_over(boxes)) * (kBridgeWidth + kColumnGap) + kFunctionWidth;
}

PlacedSide place_side(const std::vector<PictureBox>& boxes, const svg::Point& corner, bool mirrored) {
  PlacedSide side{.width = width_of_side(boxes)};
  side.height = SideBuilder(corner, side.width, mirrored).place_all(boxes, 0, corner.y, side.boxes) - corner.y;
  return side;
}

}  // namespace vireo
