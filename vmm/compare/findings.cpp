#include "vmm/compare/findings.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

constexpr size_t kMost = 10;

// The groups, the least important first; in a group the larger ratio goes first.
enum class Group { kCpu, kThroughput, kExplanation, kFloor, kLatency, kStall };

class Collector {
 public:
  explicit Collector(const Analysis& analysis) : analysis_(analysis) {}

  std::vector<std::string> collect() {
    add_floor();
    add_agent();
    for (const Explanation& explanation : analysis_.explanations) add(explanation);
    const PathAnalysis* reference = analysis_.find(analysis_.reference);
    for (const PathAnalysis& path : analysis_.paths) {
      add_stall(path);
      if (reference != nullptr && &path != reference && path.kind != PathKind::kHost) add_pair(*reference, path);
    }
    std::ranges::stable_sort(found_, std::greater{}, &Found::importance);
    std::vector<std::string> sentences;
    for (Found& one : found_)
      if (sentences.size() < kMost) sentences.push_back(std::move(one.text));
    return sentences;
  }

 private:
  struct Found {
    double importance = 0;
    std::string text;
  };

  void add(Group group, double ratio, std::string text) {
    const double size = ratio > 0 ? std::min(std::abs(std::log(ratio)), 9.0) : 9.0;
    found_.push_back({static_cast<double>(group) + size / 10, std::move(text)});
  }

  void add_pair(const PathAnalysis& reference, const PathAnalysis& path) {
    const CaseAnalysis* ours = path.find(kOneAtATime);
    const CaseAnalysis* theirs = reference.find(kOneAtATime);
    if (ours != nullptr && theirs != nullptr) {
      add_latency({reference.name, *theirs}, {path.name, *ours});
      add_cpu({reference.name, *theirs}, {path.name, *ours});
    }
    const CaseAnalysis* deepest = nullptr;
    for (const CaseAnalysis& one : path.cases)
      if (one.workload.percent == 0 && one.throughput.ratio && (deepest == nullptr || deepest->workload < one.workload))
        deepest = &one;
    if (deepest != nullptr) add_throughput(reference, path.name, *deepest);
  }

  struct Side {
    const std::string& path;
    const CaseAnalysis& measured;
  };

  void add_latency(const Side& reference, const Side& other) {
    const auto& p99 = other.measured.p99.ratio;
    const auto& p50 = other.measured.p50.ratio;
    if (!p99 || !p50 || p99->value <= 0 || p50->value <= 0) return;
    const bool slower = p99->value >= 1;  // of the two the faster one is what the sentence is about
    const Side& first = slower ? reference : other;
    const Side& second = slower ? other : reference;
    std::string text;
    if (p99->interval && !p99->differs() && !p50->differs())
      text = fmt::format("no difference between {}'s and {}'s median or p99 at depth 1 was found", first.path,
                         second.path);
    else
      text = fmt::format("{}'s p99 at depth 1 is {}, its median {}", first.path,
                         ratio_phrase(slower ? p99->inverse() : *p99, second.path),
                         ratio_phrase(slower ? p50->inverse() : *p50, {}));
    if (first.measured.events && second.measured.events)
      text += fmt::format("; it leaves to user space {} times per I/O against {}",
                          per_operation_text(total(first.measured.events->user_exits)),
                          per_operation_text(total(second.measured.events->user_exits)));
    add(Group::kLatency, p99->value, std::move(text));
  }

  void add_cpu(const Side& reference, const Side& other) {
    const auto& ratio = other.measured.host_cpu.ratio;
    if (!ratio || !ratio->differs()) return;
    add(Group::kCpu, ratio->value,
        fmt::format("{}'s CPU time of the host per I/O at depth 1 is {}: {} against {}", other.path,
                    ratio_phrase(*ratio, reference.path), duration_text(other.measured.host_cpu.value),
                    duration_text(reference.measured.host_cpu.value)));
  }

  void add_throughput(const PathAnalysis& reference, const std::string& path, const CaseAnalysis& deepest) {
    const CaseAnalysis* theirs = reference.find(deepest.workload);
    if (theirs == nullptr || !deepest.throughput.ratio->differs()) return;
    add(Group::kThroughput, deepest.throughput.ratio->value,
        fmt::format("{}'s throughput at {} is {}: {} operations a second against {}", path,
                    workload_text(deepest.workload), ratio_phrase(*deepest.throughput.ratio, reference.name),
                    rate_text(deepest.throughput.value), rate_text(theirs->throughput.value)));
  }

  // A closed loop waits for the one operation that stalls; in an open loop all that should have begun meanwhile are
  // late. Queues of a busy path do the same, so the least load is looked at.
  void add_stall(const PathAnalysis& path) {
    constexpr double kStall = 10;
    const CaseAnalysis* closed = path.find(kOneAtATime);
    const CaseAnalysis* open = nullptr;
    for (const CaseAnalysis& one : path.cases)
      if (one.workload.percent > 0 && (open == nullptr || one.workload.percent < open->workload.percent)) open = &one;
    if (closed == nullptr || open == nullptr || closed->p999.value <= 0) return;
    const double ratio = open->p999.value / closed->p999.value;
    if (ratio < kStall) return;
    add(Group::kStall, ratio,
        fmt::format("{} stalls: its p99.9 at {} is {}, {} times that of a closed loop at depth 1, which hides it",
                    path.name, workload_text(open->workload), duration_text(open->p999.value), ratio_text(ratio)));
  }

  void add_floor() {
    if (analysis_.reference.empty()) return;
    if (!analysis_.floor)
      return add(Group::kFloor, 1, "the floor is unknown: nobody polled the medium, as the host's own path does");
    std::vector<std::string> additions;
    for (const Addition& addition : analysis_.floor->paths)
      additions.push_back(fmt::format("{} {}", addition.path, change_text(addition.added)));
    add(Group::kFloor, 1,
        fmt::format("the floor is {}, {}; what paths' medians at depth 1 add: {}", duration_text(analysis_.floor->time),
                    floor_text(analysis_.floor->poll_queue), fmt::join(additions, ", ")));
  }

  void add_agent() {
    if (!analysis_.agent) return;
    const AgentCost& agent = *analysis_.agent;
    add(Group::kFloor, 1,
        fmt::format("the agent's own part of an operation is {}, {} of {}'s median: that of the fastest path",
                    duration_text(agent.time), share_text(agent.share), agent.path));
  }

  void add(const Explanation& explanation) {
    std::vector<std::string> parts;
    std::string slower;
    for (const auto& [name, time] : explanation.parts) {
      if (name != kSlower)
        parts.push_back(fmt::format("{} {}", name, change_text(time)));
      else if (time != 0)
        slower = fmt::format(", {} {} for operations slower than the median,", time < 0 ? "less" : "and",
                             duration_text(std::abs(time)));
    }
    add(Group::kExplanation, 1,
        fmt::format("{}'s median at depth 1 is {} {} {}'s; CPU time ({}){} explains {} of it", explanation.path,
                    duration_text(std::abs(explanation.difference)), explanation.difference < 0 ? "below" : "above",
                    explanation.reference, fmt::join(parts, ", "), slower, percent_text(explanation.explained)));
  }

  const Analysis& analysis_;
  std::vector<Found> found_;
};

}  // namespace

std::vector<std::string> findings(const Analysis& analysis) {
  return Collector(analysis).collect();
}

std::string ratio_phrase(const Ratio& ratio, const std::string& whose) {
  std::string text = ratio_text(ratio.value);
  if (!whose.empty()) text += fmt::format(" {} {}'s", ratio.value < 1 ? "of" : "times", whose);
  if (!ratio.interval) return text + " (too few rounds for a verdict)";
  return text + fmt::format(" ({} to {}{})", ratio_text(ratio.interval->low), ratio_text(ratio.interval->high),
                            ratio.differs() ? "" : ": no difference found");
}

}  // namespace vireo::compare
