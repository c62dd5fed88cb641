#pragma once

#include <string>
#include <vector>

#include "vmm/compare/chart.h"

// What charts have in common.
namespace vireo::compare {

inline constexpr double kChartWidth = 640;
inline constexpr double kLegendLine = 20;
inline constexpr svg::TextStyle kChartText{.name = "chart", .size = 12};

// Return a round number without the digits that say nothing: "50.0 us" is "50 us".
std::string short_number(const std::string& text);

struct LegendEntry {
  std::string name;
  size_t series = 0;
};

// Return how many lines a legend takes in `width`.
size_t legend_lines(const std::vector<LegendEntry>& entries, double width);
// Paint it from `corner` on. `css_class`: of its samples, "curve" or "bar".
void paint_legend(svg::Writer& picture, const std::vector<LegendEntry>& entries, const svg::Box& place,
                  const std::string& css_class);

}  // namespace vireo::compare
