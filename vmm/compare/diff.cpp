#include "vmm/compare/diff.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "vmm/base/error.h"
#include "vmm/compare/measures.h"
#include "vmm/compare/warnings.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

// What is let pass of counts' sums and of most else.
constexpr double kLetPass = 0.02;

// A measure of rounds, and how much of a change is let pass.
struct Rule {
  Value CaseAnalysis::*value;
  double let_pass;
  bool more_is_better = false;
};
constexpr std::array kRules{Rule{&CaseAnalysis::p50, kLetPass}, Rule{&CaseAnalysis::p99, 0.05},
                            Rule{&CaseAnalysis::throughput, kLetPass, true}, Rule{&CaseAnalysis::vmm_cpu, kLetPass},
                            Rule{&CaseAnalysis::host_cpu, kLetPass}};

// Counts of a window of its own.
struct Counted {
  const char* name;
  std::map<std::string, uint64_t> Events::*counts;
};
constexpr std::array kCounted{Counted{"exits", &Events::exits}, Counted{"returns to user space", &Events::user_exits},
                              Counted{"system calls", &Events::calls}, Counted{"interrupts", &Events::interrupts}};

double sum(const std::map<std::string, uint64_t>& counts) {
  double all = 0;
  for (const auto& [name, count] : counts) all += static_cast<double>(count);
  return all;
}

double count_of(const std::map<std::string, uint64_t>& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : static_cast<double>(found->second);
}

std::string signed_percent(double ratio) {
  return fmt::format("{:+.1f} %", (ratio - 1) * 100);
}

std::string interval_text(const Ratio& ratio) {
  if (!ratio.interval) return "too few rounds for a verdict";
  return fmt::format("{} to {}", signed_percent(ratio.interval->low), signed_percent(ratio.interval->high));
}

// Two results of one workload on one path.
class CaseDifference {
 public:
  CaseDifference(const std::string& path, const CaseResult& before, const CaseResult& after)
      : path_(path), before_(before), after_(after) {}

  std::vector<Change> find() {
    for (const Rule& rule : kRules) add(rule);
    if (!before_.events || !after_.events || before_.events->operations == 0 || after_.events->operations == 0)
      return std::move(changes_);
    for (const Counted& counted : kCounted) add(counted);
    add_cpu_time();
    return std::move(changes_);
  }

 private:
  void add(Change change, const std::string& what) {
    change.path = path_;
    change.workload = before_.workload;
    change.text = fmt::format("{}, {}: {}", path_, workload_text(before_.workload), what);
    changes_.push_back(std::move(change));
  }

  void add(const Rule& rule) {
    const Measure& measure = *std::ranges::find(measures(), rule.value, &Measure::value);
    const Rounds before(windows_of(before_));
    const Rounds after(windows_of(after_));
    const auto ratio =
        independent_ratio({after.count(), [&](const Weights& weights) { return measure.of(after, weights); }},
                          {before.count(), [&](const Weights& weights) { return measure.of(before, weights); }});
    if (!ratio) return;
    const double was = measure.of(before, before.all());
    const double is = measure.of(after, after.all());
    if (rule.value == &CaseAnalysis::vmm_cpu || rule.value == &CaseAnalysis::host_cpu)
      if (ratio->differs()) surely_more_cpu_ = std::max(surely_more_cpu_, is - was);
    if (std::abs(ratio->value - 1) <= rule.let_pass || (ratio->interval && !ratio->differs())) return;
    const bool better = (ratio->value > 1) == rule.more_is_better;
    const Verdict verdict = !ratio->interval ? Verdict::kNone : better ? Verdict::kImproved : Verdict::kRegression;
    add({.measure = measure.name, .before = was, .after = is, .ratio = ratio, .verdict = verdict},
        fmt::format("{} {} ({}): {} -> {}", measure.name, signed_percent(ratio->value), interval_text(*ratio),
                    value_text(measure, was), value_text(measure, is)));
  }

  // Whether a kind of event has become more or less is told by its sum; the reasons only name it.
  void add(const Counted& counted) {
    const auto& before = (*before_.events).*counted.counts;
    const auto& after = (*after_.events).*counted.counts;
    const double least = std::max(kLetPass * per_operation(*before_.events, sum(before)), kRare);
    const Change all = change_of(sum(before), sum(after));
    const bool changed = is_more_than(all, least);
    const Verdict verdict = !changed                 ? Verdict::kChanged
                            : all.after > all.before ? Verdict::kRegression
                                                     : Verdict::kImproved;
    std::set<std::string> reasons;
    for (const auto* counts : {&before, &after})
      for (const auto& [reason, count] : *counts) reasons.insert(reason);
    bool named = false;
    for (const std::string& reason : reasons) {
      Change change = change_of(count_of(before, reason), count_of(after, reason));
      if (!is_more_than(change, least)) continue;
      const bool same_way = (change.after > change.before) == (all.after > all.before);
      change.verdict = same_way ? verdict : Verdict::kChanged;
      named = named || same_way;
      add_count(std::move(change), counted.name, reason);
    }
    if (!changed || named) return;
    Change change = all;
    change.verdict = verdict;
    add_count(std::move(change), counted.name, {});
  }

  void add_count(Change change, const std::string& what, const std::string& reason) {
    change.measure = what;
    change.reason = reason;
    const std::string text = fmt::format("{:+.2f} {} per I/O{} ({} -> {})", change.after - change.before, what,
                                         reason.empty() ? "" : " for " + reason, per_operation_text(change.before),
                                         per_operation_text(change.after));
    add(std::move(change), text);
  }

  // Times of one window have no interval: that there is more is believed where the rounds' CPU time is surely higher,
  // by half as much at least.
  void add_cpu_time() {
    constexpr double kShort = 50;  // nanoseconds
    std::set<std::string> names;
    for (const auto* counts : {&before_.events->cpu, &after_.events->cpu})
      for (const auto& [name, time] : *counts) names.insert(name);
    for (const std::string& name : names) {
      const double was = per_operation(*before_.events, count_of(before_.events->cpu, name));
      const double is = per_operation(*after_.events, count_of(after_.events->cpu, name));
      if (std::abs(is - was) <= std::max(kLetPass * was, kShort)) continue;
      const bool sure = is > was && 2 * surely_more_cpu_ >= is - was;
      Change change{.measure = "CPU time", .reason = name, .before = was, .after = is};
      if (was > 0) change.ratio = Ratio{.value = is / was};
      change.verdict = sure ? Verdict::kRegression : Verdict::kNone;
      add(std::move(change),
          fmt::format("{} of CPU time per I/O for {} ({} -> {}{})", change_text(is - was), name, duration_text(was),
                      duration_text(is), sure ? "" : "; of one window, which is no verdict"));
    }
  }

  static double per_operation(const Events& events, double count) {
    return count / static_cast<double>(events.operations);
  }
  Change change_of(double before, double after) const {
    return {.before = per_operation(*before_.events, before),
            .after = per_operation(*after_.events, after),
            .ratio = count_ratio({.events = after, .operations = static_cast<double>(after_.events->operations)},
                                 {.events = before, .operations = static_cast<double>(before_.events->operations)})};
  }
  static bool is_more_than(const Change& change, double least) {
    return std::abs(change.after - change.before) > least && change.ratio && change.ratio->differs();
  }

  static constexpr double kRare = 0.01;  // for an operation
  const std::string& path_;
  const CaseResult& before_;
  const CaseResult& after_;
  double surely_more_cpu_ = 0;  // nanoseconds for an operation
  std::vector<Change> changes_;
};

std::set<Workload> workloads_of(const Comparison& comparison) {
  std::set<Workload> workloads;
  for (const PathResult& path : comparison.paths)
    for (const CaseResult& one : path.cases)
      if (!windows_of(one).empty()) workloads.insert(one.workload);
  return workloads;
}

std::string list_of(const std::set<Workload>& workloads) {
  std::string list;
  for (const Workload& workload : workloads) list += (list.empty() ? "" : ", ") + workload_text(workload);
  return list.empty() ? "nothing" : list;
}

void refuse_other_work(const Comparison& before, const Comparison& after) {
  const auto refuse = [](const std::string& what) {
    throw base::Error(base::ExitCode::kConfig, "the two cannot be compared: " + what,
                      "Measure both alike: with the same operation, range of the medium and workloads.");
  };
  if (before.operation != after.operation)
    refuse(fmt::format("the old one measured {}, the new one {}", before.operation, after.operation));
  if (before.medium_size != after.medium_size)
    refuse(fmt::format("the old one's medium has {} bytes, the new one's {}", before.medium_size, after.medium_size));
  const auto was = workloads_of(before);
  const auto is = workloads_of(after);
  if (was != is && !before.cut_short && !after.cut_short)
    refuse(fmt::format("the old one measured {}, the new one {}", list_of(was), list_of(is)));
  const auto is_in_both = [&](const PathResult& path) {
    return std::ranges::find(after.paths, path.name, &PathResult::name) != after.paths.end();
  };
  if (std::ranges::none_of(before.paths, is_in_both)) refuse("they have no path in common");
}

void add_surroundings(Difference& found, const Comparison& before, const Comparison& after) {
  const Environment& was = before.environment;
  const Environment& is = after.environment;
  const auto compare = [&](const char* what, const std::string& old_one, const std::string& new_one) {
    if (old_one == new_one) return;
    found.warnings.push_back(fmt::format("not the same {}: {} -> {}", what, old_one.empty() ? "none" : old_one,
                                         new_one.empty() ? "none" : new_one));
  };
  if (!is.emulated.empty() || !was.emulated.empty())
    found.warnings.push_back(emulation_warning(is.emulated.empty() ? was : is));
  compare("emulation of the host", was.emulated, is.emulated);
  compare("kernel", was.kernel, is.kernel);
  compare("guest's kernel", was.guest_kernel, is.guest_kernel);
  compare("CPU", fmt::format("{} of {}", was.cpus, was.cpu), fmt::format("{} of {}", is.cpus, is.cpu));
  compare("vireo", was.vireo, is.vireo);
  compare("agent", was.agent, is.agent);
  compare("clock source", was.clock, is.clock);
  compare("governor", was.governor, is.governor);
  compare("medium", before.medium, after.medium);
  if (before.cut_short) found.warnings.emplace_back("the old one was cut short");
  if (after.cut_short) found.warnings.emplace_back("the new one was cut short");
}

void add_path(Difference& found, const PathResult& before, const PathResult& after) {
  if (before.failure.empty() && !after.failure.empty())
    found.failures.push_back(fmt::format("{} failed: {}", after.name, after.failure));
  for (const CaseResult& was : before.cases) {
    const auto is = std::ranges::find(after.cases, was.workload, &CaseResult::workload);
    if (is == after.cases.end()) continue;
    std::ranges::move(CaseDifference(before.name, was, *is).find(), std::back_inserter(found.changes));
  }
}

}  // namespace

Difference difference(const Comparison& before, const Comparison& after) {
  refuse_other_work(before, after);
  Difference found;
  add_surroundings(found, before, after);
  for (const PathResult& was : before.paths) {
    const auto is = std::ranges::find(after.paths, was.name, &PathResult::name);
    if (is == after.paths.end())
      found.warnings.push_back(fmt::format("{} is in the old one only", was.name));
    else
      add_path(found, was, *is);
  }
  std::ranges::stable_sort(found.changes, std::greater{}, &Change::verdict);
  found.regressed = !found.failures.empty() || std::ranges::any_of(found.changes, [](const Change& change) {
    return change.verdict == Verdict::kRegression;
  });
  return found;
}

}  // namespace vireo::compare
