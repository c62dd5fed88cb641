#pragma once

#include <utility>
#include <vector>

#include "vmm/compare/result.h"
#include "vmm/compare/statistics.h"

namespace vireo::compare {

// One path's windows of one workload, summed so that a resampling costs a search and no merging.
class Rounds {
 public:
  // `windows`: what they hold is copied.
  explicit Rounds(const std::vector<const Window*>& windows);

  size_t count() const { return windows_.size(); }
  // Return what `share` of the operations of weighted rounds did not take longer than, in a bucket as if its values
  // were spread evenly: or else a bucket's width would be noise between rounds. Of nothing: 0.
  // Units: nanoseconds.
  double quantile(double share, const Weights& weights) const;
  // Return operations a second. Of nothing: 0.
  double throughput(const Weights& weights) const;
  // Return a window's time for each operation. Of nothing: 0.
  double per_operation(uint64_t Window::*time, const Weights& weights) const;
  // Return the mean of all operations that took no longer than `most`. Of nothing: 0. Units: nanoseconds.
  double mean_up_to(double most) const;
  Weights all() const { return Weights(count(), 1); }

 private:
  struct Bucket {
    double from = 0;
    double to = 0;
  };
  double counted(size_t bucket, const Weights& weights) const;

  std::vector<Window> windows_;  // without their latencies
  std::vector<Bucket> buckets_;  // of all rounds
  std::vector<double> below_;    // how many latencies a round has in a bucket and those before it: by bucket, by round
  std::vector<double> maximum_;
};

std::vector<const Window*> windows_of(const CaseResult& result);
// Return the windows of the rounds that both have, in the same order.
std::pair<std::vector<const Window*>, std::vector<const Window*>> common_windows(const CaseResult& a,
                                                                                 const CaseResult& b);

}  // namespace vireo::compare
