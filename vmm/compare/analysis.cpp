#include "vmm/compare/analysis.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "vmm/compare/explanation.h"
#include "vmm/compare/findings.h"
#include "vmm/compare/measures.h"
#include "vmm/compare/rounds.h"
#include "vmm/compare/warnings.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

double unrest_of(const Rounds& rounds) {
  const auto n = static_cast<double>(rounds.count());
  if (n < 2) return 0;
  double sum = 0;
  double squares = 0;
  for (size_t round = 0; round < rounds.count(); ++round) {
    Weights only(rounds.count());
    only[round] = 1;
    const double p50 = rounds.quantile(0.5, only);
    sum += p50;
    squares += p50 * p50;
  }
  const double mean = sum / n;
  return mean > 0 ? std::sqrt(std::max(0.0, squares - n * mean * mean) / (n - 1)) / mean : 0;
}

Rates rates_of(const std::map<std::string, uint64_t>& counts, uint64_t operations) {
  Rates rates;
  for (const auto& [name, count] : counts) rates[name] = static_cast<double>(count) / static_cast<double>(operations);
  return rates;
}

std::optional<EventRates> rates_of(const std::optional<Events>& events) {
  if (!events || events->operations == 0) return std::nullopt;
  const uint64_t operations = events->operations;
  return EventRates{.exits = rates_of(events->exits, operations),
                    .exit_time = rates_of(events->exit_time, operations),
                    .user_exits = rates_of(events->user_exits, operations),
                    .calls = rates_of(events->calls, operations),
                    .interrupts = rates_of(events->interrupts, operations),
                    .cpu = rates_of(events->cpu, operations)};
}

// Threads' own times are exact, and nothing is recorded while they pass; only the trace knows what of a guest's CPU was
// the guest's, and what KVM's.
Rates parts_of(const Rounds& rounds, const std::optional<EventRates>& events) {
  const auto of = [&](uint64_t Window::*time) { return rounds.per_operation(time, rounds.all()); };
  const auto traced = [&](const char* part) {
    const auto found = events ? events->cpu.find(part) : Rates::const_iterator();
    return !events || found == events->cpu.end() ? 0 : found->second;
  };
  const double cpus = of(&Window::vcpu_cpu) - of(&Window::polling);
  const double vmm = of(&Window::vmm_cpu);
  const double host = of(&Window::host_cpu);
  Rates parts;
  if (cpus <= 0) return parts;
  const bool is_guest = vmm > 0;
  const double both = traced(kGuest) + traced(kKvm);
  if (!is_guest) {
    parts[kGuest] = cpus;
  } else if (both > 0) {
    parts[kGuest] = cpus * traced(kGuest) / both;
    parts[kKvm] = cpus * traced(kKvm) / both;
  } else {
    parts[kGuestAndKvm] = cpus;
  }
  if (is_guest) parts[kVireo] = vmm - of(&Window::vcpu_cpu);
  if (is_guest) parts[kPolling] = of(&Window::polling);
  if (host > 0) parts[kHostWork] = host - (is_guest ? vmm : cpus);
  return parts;
}

// A round in which something else had the CPU meanwhile says nothing.
double own_of(const CaseResult& result) {
  std::vector<uint64_t> own;
  for (const Window& window : result.windows) own.push_back(window.own);
  if (own.empty()) return 0;
  const auto middle = own.begin() + static_cast<ptrdiff_t>(own.size() / 2);
  std::ranges::nth_element(own, middle);
  return static_cast<double>(*middle) / 1000;
}

CaseAnalysis analyse(const CaseResult& result) {
  const Rounds rounds(windows_of(result));
  CaseAnalysis analysis{.workload = result.workload, .rounds = rounds.count(), .unrest = unrest_of(rounds)};
  agent::Histogram merged;
  for (const Window& window : result.windows) {
    analysis.operations += window.operations;
    analysis.errors += window.errors;
    merged.add(window.latency);
  }
  analysis.maximum = merged.maximum();
  analysis.mean = merged.mean();
  analysis.own = own_of(result);
  for (const Measure& measure : measures()) (analysis.*measure.value).value = measure.of(rounds, rounds.all());
  analysis.events = rates_of(result.events);
  analysis.parts = parts_of(rounds, analysis.events);
  // Of an operation of thrice the median most is waiting: for a tick of an idle CPU, for a device that stalls.
  if (analysis.p50.value > 0) analysis.slower = rounds.mean_up_to(3 * analysis.p50.value) - analysis.p50.value;
  return analysis;
}

const CaseResult* find(const PathResult& path, const Workload& workload) {
  const auto found = std::ranges::find(path.cases, workload, &CaseResult::workload);
  return found == path.cases.end() ? nullptr : &*found;
}

void set_ratios(CaseAnalysis& analysis, const CaseResult& result, const CaseResult& reference) {
  const auto [ours, theirs] = common_windows(result, reference);
  const Rounds of(ours);
  const Rounds to(theirs);
  for (const Measure& measure : measures())
    (analysis.*measure.value).ratio =
        paired_ratio([&](const Weights& weights) { return measure.of(of, weights); },
                     [&](const Weights& weights) { return measure.of(to, weights); }, of.count());
}

std::optional<Floor> analyse(const Polled& polled) {
  const CaseResult result{.workload = kOneAtATime, .windows = polled.windows, .events = {}};
  const Rounds rounds(windows_of(result));
  if (rounds.count() == 0) return std::nullopt;
  return Floor{.time = rounds.quantile(0.5, rounds.all()),
               .poll_queue = polled.poll_queue,
               .rounds = rounds.count(),
               .paths = {}};
}

PathAnalysis analyse(const PathResult& path) {
  PathAnalysis analysis{.name = path.name, .kind = path.kind};
  for (const CaseResult& result : path.cases)
    if (analysis.find(result.workload) == nullptr && !windows_of(result).empty())
      analysis.cases.push_back(analyse(result));
  if (path.polled) analysis.polled = analyse(*path.polled);
  return analysis;
}

// The way that people ask about: passthrough, or else the first guest's.
const PathAnalysis* reference_of(const std::vector<PathAnalysis>& paths) {
  const auto measured = [&](auto wanted) -> const PathAnalysis* {
    const auto found =
        std::ranges::find_if(paths, [&](const PathAnalysis& path) { return !path.cases.empty() && wanted(path.kind); });
    return found == paths.end() ? nullptr : &*found;
  };
  if (const auto* path = measured([](PathKind kind) { return kind == PathKind::kPassthrough; })) return path;
  if (const auto* path = measured([](PathKind kind) { return kind != PathKind::kHost; })) return path;
  return measured([](PathKind) { return true; });
}

void set_ratios(Analysis& analysis, const Comparison& comparison) {
  const auto reference = std::ranges::find(comparison.paths, analysis.reference, &PathResult::name);
  if (reference == comparison.paths.end()) return;
  for (size_t i = 0; i < analysis.paths.size(); ++i)
    for (CaseAnalysis& one : analysis.paths[i].cases) {
      const CaseResult* theirs = find(*reference, one.workload);
      const CaseResult* ours = find(comparison.paths[i], one.workload);
      if (theirs != nullptr && theirs != ours) set_ratios(one, *ours, *theirs);
    }
}

std::vector<HeadlineEntry> headline_of(const Analysis& analysis) {
  std::vector<HeadlineEntry> entries;
  for (const PathAnalysis& path : analysis.paths) {
    const CaseAnalysis* one = path.find(kOneAtATime);
    if (one == nullptr || path.kind == PathKind::kHost) continue;
    HeadlineEntry entry{.path = path.name, .p50 = one->p50.value};
    const bool first = path.name == analysis.reference;
    entries.insert(first ? entries.begin() : entries.end(), std::move(entry));
  }
  if (entries.size() < 2 || entries.front().p50 == 0) return {};
  for (HeadlineEntry& entry : entries) entry.ratio = entry.p50 / entries.front().p50;
  return entries;
}

std::optional<AgentCost> agent_cost_of(const Analysis& analysis) {
  std::optional<AgentCost> cost;
  double fastest = 0;
  for (const PathAnalysis& path : analysis.paths) {
    const CaseAnalysis* one = path.find(kOneAtATime);
    if (one == nullptr || one->own == 0 || one->p50.value <= 0 || (cost && one->p50.value >= fastest)) continue;
    fastest = one->p50.value;
    cost = {.path = path.name, .time = one->own, .share = one->own / fastest};
  }
  return cost;
}

}  // namespace

double total(const Rates& rates) {
  double sum = 0;
  for (const auto& [name, rate] : rates) sum += rate;
  return sum;
}

const CaseAnalysis* PathAnalysis::find(const Workload& workload) const {
  const auto found = std::ranges::find(cases, workload, &CaseAnalysis::workload);
  return found == cases.end() ? nullptr : &*found;
}

const PathAnalysis* Analysis::find(const std::string& path) const {
  const auto found = std::ranges::find(paths, path, &PathAnalysis::name);
  return found == paths.end() ? nullptr : &*found;
}

Analysis analyse(const Comparison& comparison) {
  Analysis analysis;
  for (const PathResult& path : comparison.paths) analysis.paths.push_back(analyse(path));
  if (const PathAnalysis* reference = reference_of(analysis.paths)) analysis.reference = reference->name;
  set_ratios(analysis, comparison);
  analysis.headline = headline_of(analysis);
  analysis.floor = floor_of(analysis);
  analysis.agent = agent_cost_of(analysis);
  analysis.explanations = explain(analysis);
  analysis.findings = findings(analysis);
  analysis.warnings = warnings(comparison, analysis);
  return analysis;
}

std::vector<Workload> workloads_of(const Analysis& analysis) {
  std::set<Workload> workloads;
  for (const PathAnalysis& path : analysis.paths)
    for (const CaseAnalysis& one : path.cases) workloads.insert(one.workload);
  std::vector<Workload> list(workloads.begin(), workloads.end());
  std::ranges::sort(list, {}, [](const Workload& one) { return std::pair(one.percent, one.depth); });
  return list;
}

std::string headline_text(const Analysis& analysis) {
  if (analysis.headline.empty()) return {};
  std::vector<std::string> names;
  std::vector<std::string> ratios;
  std::vector<std::string> medians;
  for (const HeadlineEntry& entry : analysis.headline) {
    names.push_back(entry.path);
    ratios.push_back(ratios.empty() ? "1" : ratio_text(entry.ratio));
    medians.push_back(duration_text(entry.p50));
  }
  return fmt::format("{} = {} (medians at depth 1: {})", fmt::join(names, " : "), fmt::join(ratios, " : "),
                     fmt::join(medians, ", "));
}

}  // namespace vireo::compare
