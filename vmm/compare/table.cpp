#include "vmm/compare/table.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <array>

#include "vmm/compare/explanation.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kName = 14;  // columns of a path's name

std::string name_cell(const std::string& name) {
  const std::string text = printable(name);
  return fmt::format("  {:<{}}", text.size() > kName ? text.substr(0, kName) : text, kName);
}

std::string events_cells(const std::optional<EventRates>& events) {
  if (!events) return fmt::format("{:>7}{:>6}{:>6}{:>6}", "-", "-", "-", "-");
  return fmt::format("{:>7}{:>6}{:>6}{:>6}", per_operation_text(total(events->exits)),
                     per_operation_text(total(events->user_exits)), per_operation_text(total(events->calls)),
                     per_operation_text(total(events->interrupts)));
}

std::string row(const std::string& name, const CaseAnalysis& one) {
  return name_cell(name) + fmt::format("{:>8}{:>9}{:>9}{:>9}{:>9}{:>7}{:>8}{}\n", duration_text(one.p50.value),
                                       duration_text(one.p90.value), duration_text(one.p99.value),
                                       duration_text(one.p999.value), duration_text(static_cast<double>(one.maximum)),
                                       rate_text(one.throughput.value), duration_text(one.host_cpu.value),
                                       events_cells(one.events));
}

std::string ratios_row(const std::string& name, const CaseAnalysis& one) {
  return name_cell(name) + fmt::format("{:>21}{:>21}{:>21}{:>21}\n", ratio_cell(one.p50.ratio),
                                       ratio_cell(one.p99.ratio), ratio_cell(one.throughput.ratio),
                                       ratio_cell(one.host_cpu.ratio));
}

// A line for each path that has the workload; `one_row` makes it.
template <typename Row>
std::string rows(const Analysis& analysis, const Workload& workload, Row one_row) {
  std::string text = workload_text(workload) + "\n";
  for (const PathAnalysis& path : analysis.paths)
    if (const CaseAnalysis* one = path.find(workload)) text += one_row(path.name, *one);
  return text;
}

std::string measured_table(const Analysis& analysis) {
  std::string text =
      fmt::format("{:<{}}{:>8}{:>9}{:>9}{:>9}{:>9}{:>7}{:>8}{:>7}{:>6}{:>6}{:>6}\n", "", kName + 2, "p50", "p90", "p99",
                  "p99.9", "max", "ops/s", "CPU/op", "exits", "user", "calls", "irqs");
  for (const Workload& workload : workloads_of(analysis)) text += rows(analysis, workload, row);
  return text + wrapped(
                    "CPU/op: the host's CPU time; exits to its kernel, returns to user space (user), system calls of "
                    "vireo and interrupts given to the guest: for an operation",
                    kWidth, 2);
}

std::string ratios_table(const Analysis& analysis) {
  const PathAnalysis* reference = analysis.find(analysis.reference);
  if (reference == nullptr || analysis.paths.size() < 2) return {};
  std::string text =
      fmt::format("\nto {:<{}}{:>21}{:>21}{:>21}{:>21}\n", printable(analysis.reference).substr(0, kName - 1),
                  kName - 1, "p50", "p99", "throughput", "CPU/op");
  for (const Workload& workload : workloads_of(analysis))
    if (reference->find(workload) != nullptr)
      text += rows(analysis, workload, [&](const std::string& name, const CaseAnalysis& one) {
        return name == analysis.reference ? std::string() : ratios_row(name, one);
      });
  return text + "(from..to): the true ratio is in 95 of 100 such; = no difference was found; ? too few rounds to say\n";
}

// Parts are written for paths only that have them.
std::string floor_table(const Analysis& analysis) {
  if (!analysis.floor) return {};
  const Floor& floor = *analysis.floor;
  std::string text = fmt::format("\n{:<{}}{:>9}", "above " + duration_text(floor.time), kName + 2, "added");
  const std::vector<std::string> names = part_names(floor);
  for (const std::string& name : names) text += fmt::format("{:>{}}", name, std::max<size_t>(name.size() + 2, 9));
  text += "  the rest\n";
  for (const Addition& addition : floor.paths) {
    text += name_cell(addition.path) + fmt::format("{:>9}", change_text(addition.added));
    for (const std::string& name : names) {
      const auto part = addition.parts.find(name);
      text += fmt::format("{:>{}}", part == addition.parts.end() ? "-" : change_text(part->second),
                          std::max<size_t>(name.size() + 2, 9));
    }
    text += fmt::format("{:>10}\n", change_text(addition.added - total(addition.parts)));
  }
  return text +
         wrapped(
             "medians at depth 1 above the floor: what an interrupt and waking take on the host's own path, and CPU "
             "time "
             "that others have more than that one; slower: what operations above the median took of it, taken off",
             kWidth, 2);
}

std::string head(const Comparison& comparison) {
  const Environment& at = comparison.environment;
  std::vector<std::string> where{fmt::format("vireo {}", at.vireo), fmt::format("kernel {}", at.kernel),
                                 fmt::format("{} of {}", count_text(at.cpus, "CPU"), at.cpu)};
  if (!at.guest_kernel.empty()) where.insert(where.begin() + 2, "guest's kernel " + at.guest_kernel);
  if (at.agent != "vireo") where.push_back("I/O by " + at.agent);
  if (!at.clock.empty()) where.push_back("clock " + at.clock);
  if (!at.governor.empty()) where.push_back("governor " + at.governor);
  const auto line = [](const std::string& text) { return wrapped(printable(text), kWidth, 2); };
  std::string text = line(
      fmt::format("{} of {}, {}", comparison.operation, comparison.medium, count_text(comparison.rounds, "round")));
  text += line(fmt::format("{}, {}", comparison.started, fmt::join(where, ", ")));
  for (const PathResult& path : comparison.paths)
    text +=
        line(fmt::format("{}: {}{}{}", path.name, kind_text(path.kind), path.device.empty() ? "" : ", ", path.device));
  return text;
}

}  // namespace

std::string list_text(const std::string& heading, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += wrapped("- " + printable(line), kWidth, 2);
  return text.empty() ? text : heading + "\n" + text;
}

std::string wrapped(const std::string& text, size_t width, size_t indent) {
  std::string lines;
  std::string_view rest = text;
  for (size_t margin = 0; !rest.empty(); margin = indent) {
    const size_t room = width - margin;
    size_t end = rest.size() <= room ? rest.size() : rest.rfind(' ', room);
    if (end == std::string_view::npos || end == 0) end = std::min(rest.find(' ', 1), rest.size());
    lines += std::string(margin, ' ') + std::string(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

std::string comparison_text(const Comparison& comparison, const Analysis& analysis) {
  std::string text = head(comparison);
  if (const std::string headline = headline_text(analysis); !headline.empty())
    text += "\n" + wrapped(printable(headline), kWidth, 2);
  text += "\n" + measured_table(analysis) + ratios_table(analysis) + floor_table(analysis);
  const std::string found = list_text("Findings", analysis.findings);
  const std::string warned = list_text("Warnings", analysis.warnings);
  return text + (found.empty() ? "" : "\n") + found + (warned.empty() ? "" : "\n") + warned;
}

}  // namespace vireo::compare
