#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

// How sure a ratio is that was measured in rounds. What disturbs a host disturbs a whole round, so the rounds are what
// is resampled, not the operations in them. Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 13; T.
// Hesterberg, What Teachers Should Know About the Bootstrap (2015), 3.2: few samples need wider intervals than the
// percentiles give.
namespace vireo::compare {

// How often each round is taken. All of them once: what was measured.
using Weights = std::vector<unsigned>;
// A number that rounds have together: a quantile, operations a second.
using Statistic = std::function<double(const Weights&)>;

struct Series {
  size_t rounds = 0;
  Statistic statistic;
};

struct Interval {
  double low = 0;
  double high = 0;

  bool operator==(const Interval&) const = default;
};

struct Ratio {
  double value = 0;
  std::optional<Interval> interval;  // the true ratio is in 19 of 20 such; nothing: too little was measured

  // Return whether the two are known to differ.
  bool differs() const { return interval && (interval->high < 1 || interval->low > 1); }
  // Return what the second is to the first. Precondition: value > 0.
  Ratio inverse() const;

  bool operator==(const Ratio&) const = default;
};

inline constexpr size_t kLeastRounds = 3;  // for an interval

// Return `of` : `to`, of rounds that were interleaved: both have the same rounds drawn.
// Errors: nothing where `to` is 0.
std::optional<Ratio> paired_ratio(const Statistic& of, const Statistic& to, size_t rounds);

// Return `of` : `to`, of rounds that have nothing to do with each other.
// Errors: nothing where `to` is 0.
std::optional<Ratio> independent_ratio(const Series& of, const Series& to);

// Events of one window.
struct Count {
  double events = 0;
  double operations = 0;
};
// Return the ratio of events for an operation, as if every event came by itself: what comes with each operation is
// known better than that. Errors: nothing where one of the windows had no operations.
std::optional<Ratio> count_ratio(const Count& of, const Count& to);

}  // namespace vireo::compare
