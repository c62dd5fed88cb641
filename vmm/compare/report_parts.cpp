// What a report says of what a path makes the host do.
#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>

#include "vmm/compare/chart.h"
#include "vmm/compare/report_figures.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

const std::string kOthers = "others";

// Names that charts and tables have columns for: those with the most, and one for all others.
class Columns {
 public:
  void add(const Rates& rates) {
    for (const auto& [name, rate] : rates) sums_[name] += std::max(rate, 0.0);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, sum] : sums_)
      if (sum > 0) names.push_back(name);
    std::ranges::stable_sort(names, std::greater{}, [&](const std::string& name) { return sums_.at(name); });
    if (names.size() > kLooks) {
      names.resize(kLooks - 1);
      names.push_back(kOthers);
    }
    return names;
  }

 private:
  Rates sums_;
};

// Return a value for each name; the last one has what has no name.
std::vector<double> values_of(const Rates& rates, const std::vector<std::string>& names) {
  std::vector<double> values;
  double known = 0;
  for (const std::string& name : names) {
    const auto found = rates.find(name);
    const bool others = name == kOthers && found == rates.end();
    values.push_back(others ? std::max(total(rates) - known, 0.0) : found == rates.end() ? 0 : found->second);
    known += values.back();
  }
  return values;
}

std::string listed(const Rates& rates) {
  std::vector<std::string> parts;
  for (const auto& [name, rate] : rates)
    if (rate > 0) parts.push_back(fmt::format("{} {}", name, per_operation_text(rate)));
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

HtmlTable::Row event_row(const std::string& path, const EventRates& events) {
  return {path, listed(events.exits), listed(events.user_exits), listed(events.calls), listed(events.interrupts)};
}

Bar exits_bar(const std::string& path, const Rates& exits, const std::vector<std::string>& reasons) {
  Bar bar{.name = path, .segments = {}, .value = per_operation_text(total(exits))};
  const std::vector<double> values = values_of(exits, reasons);
  for (size_t i = 0; i < reasons.size(); ++i)
    if (values[i] > 0)
      bar.segments.push_back(
          {i, values[i], fmt::format("{}: {} for {}", path, per_operation_text(values[i]), reasons[i])});
  return bar;
}

// Guests' paths only: without a guest there is nothing to leave.
const EventRates* events_of(const PathAnalysis& path, const Workload& workload) {
  const CaseAnalysis* one = path.kind == PathKind::kHost ? nullptr : path.find(workload);
  return one != nullptr && one->events ? &*one->events : nullptr;
}

}  // namespace

Figure exits_figure(const Analysis& analysis) {
  Columns columns;
  for (const PathAnalysis& path : analysis.paths)
    for (const CaseAnalysis& one : path.cases)
      if (const EventRates* events = events_of(path, one.workload)) columns.add(events->exits);
  const std::vector<std::string> reasons = columns.names();
  BarChart chart{.id = "exits",
                 .title = "Exits to the host's kernel per I/O",
                 .description = {},
                 .groups = {},
                 .legend = reasons,
                 .tick_text = per_operation_text};
  Figure figure{.heading = "Exits and other events",
                .note = "For one operation, counted in windows of their own: to count takes time.",
                .chart = {},
                .table = {.caption = "Events per I/O",
                          .headings = {"path", "exits", "returns to user space", "system calls", "interrupts"},
                          .groups = {},
                          .words = true}};
  for (const Workload& workload : workloads_of(analysis)) {
    BarGroup bars{.name = workload_text(workload), .bars = {}};
    HtmlTable::Group rows{.name = bars.name, .rows = {}};
    for (const PathAnalysis& path : analysis.paths) {
      const EventRates* events = events_of(path, workload);
      if (events == nullptr) continue;
      chart.description += fmt::format("{} at {}: {}. ", path.name, bars.name, listed(events->exits));
      bars.bars.push_back(exits_bar(path.name, events->exits, reasons));
      rows.rows.push_back(event_row(path.name, *events));
    }
    if (rows.rows.empty()) continue;
    chart.groups.push_back(std::move(bars));
    figure.table.groups.push_back(std::move(rows));
  }
  figure.chart = bar_chart(chart);
  return figure;
}

}  // namespace vireo::compare
