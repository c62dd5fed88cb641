#include "vmm/compare/rounds.h"

#include <algorithm>
#include <map>

namespace vireo::compare {
namespace {

// Windows without latencies are of no use: in them every operation failed.
std::map<unsigned, const Window*> by_round(const CaseResult& result) {
  std::map<unsigned, const Window*> windows;
  for (const Window& window : result.windows)
    if (window.latency.count() > 0) windows.emplace(window.round, &window);
  return windows;
}

}  // namespace

Rounds::Rounds(const std::vector<const Window*>& windows) {
  std::map<uint64_t, std::pair<uint64_t, std::vector<double>>> counts;  // by where the bucket begins: its end, by round
  for (size_t round = 0; round < windows.size(); ++round) {
    windows_.push_back(*windows[round]);
    windows_.back().latency = {};
    maximum_.push_back(static_cast<double>(windows[round]->latency.maximum()));
    for (const agent::Histogram::Bucket& bucket : windows[round]->latency.buckets()) {
      auto& [end, by_round] = counts[bucket.from];
      end = bucket.to;
      by_round.resize(windows.size());
      by_round[round] = static_cast<double>(bucket.count);
    }
  }
  std::vector<double> sums(windows.size());
  for (const auto& [from, bucket] : counts) {
    buckets_.push_back({static_cast<double>(from), static_cast<double>(bucket.first)});
    for (size_t round = 0; round < sums.size(); ++round) below_.push_back(sums[round] += bucket.second[round]);
  }
}

double Rounds::counted(size_t bucket, const Weights& weights) const {
  const double* below = &below_[bucket * count()];
  double sum = 0;
  for (size_t round = 0; round < weights.size(); ++round) sum += weights[round] * below[round];
  return sum;
}

double Rounds::quantile(double share, const Weights& weights) const {
  if (buckets_.empty()) return 0;
  const double all = counted(buckets_.size() - 1, weights);
  if (all == 0) return 0;
  // A share that is written in decimals is a little more or less than it says, and must not miss its bucket for that.
  const double wanted = std::max(share * all - 1e-9 * all, 1e-9);
  size_t first = 0;
  size_t last = buckets_.size() - 1;
  while (first < last) {
    const size_t middle = (first + last) / 2;
    if (counted(middle, weights) >= wanted)
      last = middle;
    else
      first = middle + 1;
  }
  double maximum = 0;
  for (size_t round = 0; round < weights.size(); ++round)
    if (weights[round] != 0) maximum = std::max(maximum, maximum_[round]);
  const double before = first == 0 ? 0 : counted(first - 1, weights);
  const Bucket& bucket = buckets_[first];
  const double part = std::clamp((share * all - before) / (counted(first, weights) - before), 0.0, 1.0);
  return bucket.from + (std::min(bucket.to, maximum) - bucket.from) * part;
}

double Rounds::throughput(const Weights& weights) const {
  const double time = per_operation(&Window::elapsed, weights);
  return time > 0 ? 1e9 / time : 0;
}

double Rounds::per_operation(uint64_t Window::*time, const Weights& weights) const {
  double sum = 0;
  double operations = 0;
  for (size_t round = 0; round < weights.size(); ++round) {
    sum += weights[round] * static_cast<double>(windows_[round].*time);
    operations += weights[round] * static_cast<double>(windows_[round].operations);
  }
  return operations > 0 ? sum / operations : 0;
}

double Rounds::mean_up_to(double most) const {
  double sum = 0;
  double operations = 0;
  double before = 0;
  for (size_t bucket = 0; bucket < buckets_.size() && buckets_[bucket].from <= most; ++bucket) {
    const double up_to_here = counted(bucket, all());
    sum += (up_to_here - before) * (buckets_[bucket].from + buckets_[bucket].to) / 2;
    operations = before = up_to_here;
  }
  return operations > 0 ? sum / operations : 0;
}

std::vector<const Window*> windows_of(const CaseResult& result) {
  std::vector<const Window*> windows;
  for (const auto& [round, window] : by_round(result)) windows.push_back(window);
  return windows;
}

std::pair<std::vector<const Window*>, std::vector<const Window*>> common_windows(const CaseResult& a,
                                                                                 const CaseResult& b) {
  const auto others = by_round(b);
  std::pair<std::vector<const Window*>, std::vector<const Window*>> common;
  for (const auto& [round, window] : by_round(a)) {
    const auto other = others.find(round);
    if (other == others.end()) continue;
    common.first.push_back(window);
    common.second.push_back(other->second);
  }
  return common;
}

}  // namespace vireo::compare
