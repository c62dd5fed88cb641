#pragma once

#include <string>
#include <vector>

#include "vmm/svg/svg.h"

// Charts of a report, as pictures in a page. What a series is told by is its colour, its stroke and its name.
namespace vireo::compare {

// How many looks there are: classes s0, s1 ... of the page's style sheet.
inline constexpr size_t kLooks = 6;
std::string look_class(size_t series);

// Latencies by how rare they are.
struct Curve {
  std::string name;
  size_t series = 0;
  std::vector<svg::Point> points;  // x: decades of rarity, 2 is 99 %; y: nanoseconds
};
struct CurveChart {
  std::string id;
  std::string title;
  std::string description;
  std::vector<Curve> curves;
};
// Return the chart: rarity to 99.99 %, latency by its logarithm. Of no points: nothing.
std::string curve_chart(const CurveChart& chart);

// Lying bars of segments.
struct Segment {
  size_t series = 0;
  double value = 0;
  std::string title;
};
struct Bar {
  std::string name;
  std::vector<Segment> segments;
  std::string value;  // what stands at its end
};
struct BarGroup {
  std::string name;  // may be empty
  std::vector<Bar> bars;
};
struct BarChart {
  std::string id;
  std::string title;
  std::string description;
  std::vector<BarGroup> groups;
  std::vector<std::string> legend;  // by series; none: each bar's name says it
  std::string (*tick_text)(double) = nullptr;
};
// Return the chart. Of no bars: nothing.
std::string bar_chart(const BarChart& chart);

// Where an axis from 0 to `most` is marked: 1, 2 or 5 of a power of ten.
std::vector<double> linear_ticks(double most);
// Where a logarithmic axis is marked: 1, 2 and 5 of each power of ten, or fewer where that were too many.
std::vector<double> logarithmic_ticks(double least, double most);

}  // namespace vireo::compare
