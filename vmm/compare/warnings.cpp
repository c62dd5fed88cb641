#include "vmm/compare/warnings.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <set>

#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

using Lines = std::vector<std::string>;

// One warning for all workloads of a path that have the same trouble.
void add(Lines& lines, const std::string& path, const std::string& trouble, const Lines& where) {
  if (!where.empty()) lines.push_back(fmt::format("{}: {}: {}", path, trouble, fmt::join(where, ", ")));
}

void add_noise(Lines& lines, const PathAnalysis& path) {
  constexpr double kUnrest = 0.1;
  Lines where;
  for (const CaseAnalysis& one : path.cases)
    if (one.unrest > kUnrest)
      where.push_back(fmt::format("by {} at {}", percent_text(one.unrest), workload_text(one.workload)));
  add(lines, path.name, "too noisy, the rounds' medians vary", where);
}

void add_errors(Lines& lines, const PathResult& path) {
  Lines where;
  for (const CaseResult& one : path.cases)
    for (const Window& window : one.windows)
      if (window.errors > 0)
        where.push_back(fmt::format("{} at {} in round {}", window.errors, workload_text(one.workload), window.round));
  constexpr size_t kMost = 4;
  const size_t more = where.size() > kMost ? where.size() - kMost : 0;
  if (more > 0) {
    where.resize(kMost);
    where.push_back(fmt::format("and in {}", count_text(more, "more window")));
  }
  add(lines, path.name, "operations failed", where);
}

// An operation that the agent began late is the agent's time, not the path's.
void add_late(Lines& lines, const PathResult& path, const PathAnalysis& analysis) {
  constexpr double kMuch = 1e6;  // 1 ms
  constexpr double kShare = 0.1;
  Lines where;
  for (const CaseResult& one : path.cases) {
    const CaseAnalysis* analysed = analysis.find(one.workload);
    if (analysed == nullptr) continue;
    double latest = 0;
    for (const Window& window : one.windows) latest = std::max(latest, static_cast<double>(window.latest));
    if (latest > std::min(kMuch, kShare * analysed->p50.value))
      where.push_back(fmt::format("by {} at {}", duration_text(latest), workload_text(one.workload)));
  }
  add(lines, path.name, "the agent itself began operations late", where);
}

void add_missing(Lines& lines, const Comparison& comparison, const PathResult& path) {
  Lines fewer;
  Lines uncounted;
  for (const CaseResult& one : path.cases) {
    if (one.windows.size() < comparison.rounds)
      fewer.push_back(
          fmt::format("{} of {} at {}", one.windows.size(), comparison.rounds, workload_text(one.workload)));
    if (one.events && !one.events->missing.empty())
      uncounted.push_back(fmt::format("{} ({})", workload_text(one.workload), one.events->missing));
  }
  add(lines, path.name, "rounds are missing", fewer);
  add(lines, path.name, "not all was counted", uncounted);
}

// Paths that did not do the same work are compared in what they both did.
void add_cases(Lines& lines, const Comparison& comparison, const PathResult& path) {
  std::set<Workload> missing;
  for (const PathResult& other : comparison.paths)
    for (const CaseResult& one : other.cases) missing.insert(one.workload);
  for (const CaseResult& one : path.cases) missing.erase(one.workload);
  Lines where;
  for (const Workload& workload : missing) where.push_back(workload_text(workload));
  add(lines, path.name, "not measured", where);
}

void add_clock(Lines& lines, const std::string& clock) {
  if (clock == "tsc" || clock == "kvm-clock" || clock.empty()) return;
  lines.push_back(fmt::format("the host's clock source is {}: slow to read, and no good clock for short times", clock));
}

// With one CPU, what one part takes no other can.
void add_overlap(Lines& lines, const Comparison& comparison, const Analysis& analysis) {
  if (comparison.environment.cpus < 2 || analysis.explanations.empty()) return;
  lines.push_back(fmt::format(
      "{} CPUs: parts of a median may have been at the same time, and waiting for a CPU to wake is in none; "
      "they need not explain all of it",
      comparison.environment.cpus));
}

void add_agent(Lines& lines, const std::optional<AgentCost>& agent) {
  if (!agent || agent->share <= kMostOfAgent) return;
  lines.push_back(
      fmt::format("the agent's own part is {} of {}'s median at depth 1, more than {}: ratios of so fast a path are "
                  "nearer to 1 than they are without it",
                  share_text(agent->share), agent->path, percent_text(kMostOfAgent)));
}

// What fio's figures are not.
void add_fio(Lines& lines, const Comparison& comparison) {
  if (comparison.environment.agent == "vireo") return;
  const bool open = std::ranges::any_of(comparison.paths, [](const PathResult& path) {
    return std::ranges::any_of(path.cases, [](const CaseResult& one) { return one.workload.percent != 0; });
  });
  if (open)
    lines.push_back(
        fmt::format("{}: in its open loop an operation counts from when fio began it, however late (coordinated "
                    "omission): its latencies under load are not those of vireo's own agent",
                    comparison.environment.agent));
  lines.push_back(
      fmt::format("{}: what its start and end cost was measured once on each path, and taken off CPU times and events; "
                  "elapsed time is known to a millisecond",
                  comparison.environment.agent));
}

}  // namespace

std::string emulation_warning(const Environment& environment) {
  return environment.emulated.empty()
             ? std::string()
             : fmt::format("emulated host: {}, times are not those of hardware", environment.emulated);
}

Lines warnings(const Comparison& comparison, const Analysis& analysis) {
  Lines lines;
  if (!comparison.environment.emulated.empty()) lines.push_back(emulation_warning(comparison.environment));
  if (comparison.cut_short) lines.emplace_back("cut short: what is here is what was measured until then");
  for (const PathResult& path : comparison.paths)
    if (!path.failure.empty()) lines.push_back(fmt::format("{} failed: {}", path.name, path.failure));
  if (comparison.rounds < kLeastRounds)
    lines.push_back(fmt::format("{}: fewer than {} give no interval and no verdict",
                                count_text(comparison.rounds, "round"), kLeastRounds));
  add_clock(lines, comparison.environment.clock);
  add_fio(lines, comparison);
  add_overlap(lines, comparison, analysis);
  add_agent(lines, analysis.agent);
  for (size_t i = 0; i < comparison.paths.size(); ++i) {
    const PathResult& path = comparison.paths[i];
    add_errors(lines, path);
    add_noise(lines, analysis.paths[i]);
    add_late(lines, path, analysis.paths[i]);
    add_missing(lines, comparison, path);
    if (path.failure.empty()) add_cases(lines, comparison, path);
  }
  std::ranges::copy(comparison.warnings, std::back_inserter(lines));
  return lines;
}

}  // namespace vireo::compare
