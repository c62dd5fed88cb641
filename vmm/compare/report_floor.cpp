// What a report says of the floor, and of what each path adds to it.
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "vmm/compare/chart.h"
#include "vmm/compare/explanation.h"
#include "vmm/compare/report_figures.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

// Of a bar: the medium, the parts that are the largest, and all else that was added.
std::vector<std::string> legend_of(const Floor& floor) {
  std::vector<std::string> names = part_names(floor);
  const auto largest = [&](const std::string& name) {
    double most = 0;
    for (const Addition& addition : floor.paths)
      if (const auto part = addition.parts.find(name); part != addition.parts.end())
        most = std::max(most, part->second);
    return most;
  };
  std::erase_if(names, [&](const std::string& name) { return largest(name) <= 0; });
  std::ranges::stable_sort(names, std::greater{}, largest);
  names.resize(std::min(names.size(), kLooks - 2));
  std::vector<std::string> legend{"medium"};
  legend.insert(legend.end(), names.begin(), names.end());
  legend.emplace_back("all else");
  return legend;
}

Bar bar_of(const Addition& addition, const Floor& floor, const std::vector<std::string>& legend) {
  Bar bar{.name = addition.path, .segments = {}, .value = duration_text(floor.time + addition.added)};
  double left = addition.added;
  for (size_t i = 0; i < legend.size(); ++i) {
    const auto part = addition.parts.find(legend[i]);
    const double known = part == addition.parts.end() ? 0 : part->second;
    const double value = i == 0 ? floor.time : i + 1 == legend.size() ? left : known;
    left -= known;
    if (value > 0)
      bar.segments.push_back({i, value, fmt::format("{}: {} {}", addition.path, legend[i], duration_text(value))});
  }
  return bar;
}

HtmlTable::Row row_of(const Addition& addition, const Floor& floor, const std::vector<std::string>& names) {
  HtmlTable::Row row{addition.path, duration_text(floor.time + addition.added), change_text(addition.added)};
  for (const std::string& name : names) {
    const auto part = addition.parts.find(name);
    row.push_back(part == addition.parts.end() ? "-" : change_text(part->second));
  }
  row.push_back(change_text(addition.added - total(addition.parts)));
  return row;
}

}  // namespace

Figure floor_figure(const Analysis& analysis) {
  Figure figure{.heading = "The floor, and what is added to it", .note = {}, .chart = {}, .table = {}};
  if (!analysis.floor) return figure;
  const Floor& floor = *analysis.floor;
  const std::vector<std::string> names = part_names(floor);
  figure.note = fmt::format(
      "The floor is {}, {}. The host's own path adds its interrupt and the waking of a CPU. What other paths add to "
      "that "
      "one's is CPU time for an operation; it is of all operations, and what those slower than the median took is "
      "taken "
      "off again. What has a minus has no bar. On several CPUs parts may have been at the same time, and waiting for "
      "one "
      "to wake is in none.",
      duration_text(floor.time), floor_text(floor.poll_queue));
  BarChart chart{.id = "floor",
                 .title = "Median at depth 1 and its parts",
                 .description = figure.note,
                 .groups = {{}},
                 .legend = legend_of(floor),
                 .tick_text = duration_text};
  figure.table = {.caption = "Above the floor, per I/O", .headings = {"path", "median", "added"}, .groups = {{}}};
  figure.table.headings.insert(figure.table.headings.end(), names.begin(), names.end());
  figure.table.headings.emplace_back("not explained");
  for (const Addition& addition : floor.paths) {
    chart.groups[0].bars.push_back(bar_of(addition, floor, chart.legend));
    figure.table.groups[0].rows.push_back(row_of(addition, floor, names));
  }
  figure.chart = bar_chart(chart);
  return figure;
}

}  // namespace vireo::compare
