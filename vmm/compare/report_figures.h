#pragma once

#include <string>
#include <vector>

#include "vmm/compare/analysis.h"
#include "vmm/compare/html_table.h"

namespace vireo::compare {

// A chart and its numbers. A chart that would show nothing is empty.
struct Figure {
  std::string heading;
  std::string note;  // how to read it
  std::string chart;
  HtmlTable table;
};

// Latencies of each workload.
std::vector<Figure> latency_figures(const Comparison& comparison, const Analysis& analysis);
Figure throughput_figure(const Analysis& analysis);
// Exits to the host's kernel, and all else that was counted.
Figure exits_figure(const Analysis& analysis);
// What no path can be faster than, and what each adds. Of an unknown floor: nothing.
Figure floor_figure(const Analysis& analysis);

}  // namespace vireo::compare
