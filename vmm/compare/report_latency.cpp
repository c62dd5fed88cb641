// Latencies and throughput of a report.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "vmm/compare/chart.h"
#include "vmm/compare/report_figures.h"
#include "vmm/compare/rounds.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

struct Percentile {
  double share;
  const char* text;
};
constexpr std::array kPercentiles{Percentile{0.5, "50 %"},      Percentile{0.75, "75 %"}, Percentile{0.9, "90 %"},
                                  Percentile{0.95, "95 %"},     Percentile{0.99, "99 %"}, Percentile{0.999, "99.9 %"},
                                  Percentile{0.9999, "99.99 %"}};

// A path's rounds of one workload, with its place among the paths: that is its look in each chart.
struct Measured {
  std::string name;
  size_t series = 0;
  Rounds rounds;
  double operations = 0;
};

std::vector<Measured> measured_at(const Comparison& comparison, const Workload& workload) {
  std::vector<Measured> found;
  for (size_t i = 0; i < comparison.paths.size(); ++i)
    for (const CaseResult& one : comparison.paths[i].cases) {
      if (one.workload != workload) continue;
      const auto windows = windows_of(one);
      double operations = 0;
      for (const Window* window : windows) operations += static_cast<double>(window->latency.count());
      if (!windows.empty()) found.push_back({comparison.paths[i].name, i, Rounds(windows), operations});
    }
  return found;
}

// A curve ends with the rarest operation there was: what is beyond was not measured.
Curve curve_of(const Measured& measured) {
  constexpr double kStep = 0.05;
  constexpr double kLast = 4;
  Curve curve{.name = measured.name, .series = measured.series, .points = {}};
  const double last = std::min(kLast, std::log10(std::max(measured.operations, 1.0)));
  const Weights all = measured.rounds.all();
  for (unsigned i = 0; i * kStep < last; ++i)
    curve.points.push_back({i * kStep, measured.rounds.quantile(1 - std::pow(10, -(i * kStep)), all)});
  curve.points.push_back({last, measured.rounds.quantile(1 - std::pow(10, -last), all)});
  return curve;
}

HtmlTable percentile_table(const std::vector<Measured>& paths, const std::string& workload) {
  HtmlTable table{.caption = "Latency at " + workload, .headings = {"part"}, .groups = {{}}};
  for (const Measured& path : paths) table.headings.push_back(path.name);
  for (const Percentile& percentile : kPercentiles) {
    HtmlTable::Row row{percentile.text};
    for (const Measured& path : paths) {
      const bool known = path.operations * (1 - percentile.share) >= 0.9999;
      row.push_back(known ? duration_text(path.rounds.quantile(percentile.share, path.rounds.all())) : "-");
    }
    table.groups[0].rows.push_back(std::move(row));
  }
  return table;
}

std::string description_of(const std::vector<Measured>& paths) {
  std::string text = "Latency by the part of operations that take no longer. ";
  for (const Measured& path : paths)
    text += fmt::format("{}: half of them within {}, 99 % within {}. ", path.name,
                        duration_text(path.rounds.quantile(0.5, path.rounds.all())),
                        duration_text(path.rounds.quantile(0.99, path.rounds.all())));
  return text;
}

}  // namespace

std::vector<Figure> latency_figures(const Comparison& comparison, const Analysis& analysis) {
  std::vector<Figure> figures;
  for (const Workload& workload : workloads_of(analysis)) {
    const std::vector<Measured> paths = measured_at(comparison, workload);
    const std::string name = workload_text(workload);
    CurveChart chart{.id = fmt::format("latency-{}-{}", workload.depth, workload.percent),
                     .title = "Latency at " + name,
                     .description = description_of(paths),
                     .curves = {}};
    for (const Measured& path : paths) chart.curves.push_back(curve_of(path));
    figures.push_back({.heading = workload.percent == 0 ? "Closed loop, " + name : "Open loop, " + name,
                       .note = {},
                       .chart = curve_chart(chart),
                       .table = percentile_table(paths, name)});
  }
  return figures;
}

Figure throughput_figure(const Analysis& analysis) {
  Figure figure{.heading = "Throughput", .note = "Operations a second in a closed loop.", .chart = {}, .table = {}};
  BarChart chart{.id = "throughput",
                 .title = "Operations a second",
                 .description = {},
                 .groups = {},
                 .legend = {},
                 .tick_text = rate_text};
  figure.table = {.caption = "Operations a second", .headings = {"path", "operations/s", "ratio"}, .groups = {}};
  for (const Workload& workload : workloads_of(analysis)) {
    if (workload.percent != 0) continue;
    const std::string name = workload_text(workload);
    chart.groups.push_back({name, {}});
    figure.table.groups.push_back({name, {}});
    for (size_t i = 0; i < analysis.paths.size(); ++i) {
      const PathAnalysis& path = analysis.paths[i];
      const CaseAnalysis* one = path.find(workload);
      if (one == nullptr) continue;
      const std::string value = rate_text(one->throughput.value);
      const std::string said = fmt::format("{} at {}: {} operations a second", path.name, name, value);
      chart.description += said + ". ";
      chart.groups.back().bars.push_back({path.name, {{i, one->throughput.value, said}}, value});
      figure.table.groups.back().rows.push_back({path.name, value, ratio_cell(one->throughput.ratio)});
    }
  }
  figure.chart = bar_chart(chart);
  return figure;
}

}  // namespace vireo::compare
