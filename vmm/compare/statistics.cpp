#include "vmm/compare/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace vireo::compare {
namespace {

constexpr size_t kResamples = 2000;
constexpr double kTail = 0.025;   // left out on each side
constexpr double kNormal = 1.96;  // of the normal distribution at that tail

// Deterministic: the same file gives the same report.
// Source: G. Steele et al., Fast Splittable Pseudorandom Number Generators (2014), SplitMix64.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  // Return a number below `limit`.
  size_t below(size_t limit) {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    return static_cast<size_t>(((z >> 32) * limit) >> 32);
  }

 private:
  uint64_t state_;
};

void draw(Random& random, Weights& weights) {
  std::ranges::fill(weights, 0);
  for (size_t i = 0; i < weights.size(); ++i) ++weights[random.below(weights.size())];
}

// The t distribution's quantile at kTail.
// Source: Abramowitz and Stegun 26.7.5.
double students(double freedom) {
  constexpr double z = kNormal;
  constexpr double z2 = z * z;
  constexpr std::array<double, 4> kTerms{z * (z2 + 1) / 4, z * ((5 * z2 + 16) * z2 + 3) / 96,
                                         z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
                                         z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160};
  double value = z;
  double power = 1;
  for (const double term : kTerms) value += term / (power *= freedom);
  return value;
}

// How much too narrow the percentiles of so few rounds are: resampling n of n shows (n - 1) / n of the variance, and
// that variance is itself only an estimate.
double stretch(size_t rounds) {
  const auto n = static_cast<double>(rounds);
  return students(n - 1) / kNormal * std::sqrt(n / (n - 1));
}

// `logarithms`: of the resampled ratios.
std::optional<Interval> interval_of(std::vector<double> logarithms, double value, size_t rounds) {
  if (logarithms.size() < kResamples * 9 / 10) return std::nullopt;
  std::ranges::sort(logarithms);
  const auto skipped = static_cast<size_t>(kTail * static_cast<double>(logarithms.size()));
  const double middle = std::log(value);
  const double below = std::max(0.0, middle - logarithms[skipped]) * stretch(rounds);
  const double above = std::max(0.0, logarithms[logarithms.size() - 1 - skipped] - middle) * stretch(rounds);
  // A ratio of what does not vary is known exactly; its logarithm's rounding says nothing.
  return Interval{below < 1e-12 ? value : std::exp(middle - below), above < 1e-12 ? value : std::exp(middle + above)};
}

// `resample`: draw a ratio. 0 or less, or no number: it says nothing.
template <typename Resample>
std::optional<Ratio> ratio_of(double of, double to, size_t rounds, Resample resample) {
  if (!(to > 0)) return std::nullopt;
  Ratio ratio{.value = of / to};
  if (rounds < kLeastRounds || !(ratio.value > 0)) return ratio;
  std::vector<double> logarithms;
  logarithms.reserve(kResamples);
  for (size_t i = 0; i < kResamples; ++i) {
    const double drawn = resample();
    if (drawn > 0 && std::isfinite(drawn)) logarithms.push_back(std::log(drawn));
  }
  ratio.interval = interval_of(std::move(logarithms), ratio.value, rounds);
  return ratio;
}

}  // namespace

Ratio Ratio::inverse() const {
  Ratio other{.value = 1 / value};
  if (interval) other.interval = {1 / interval->high, 1 / interval->low};
  return other;
}

std::optional<Ratio> paired_ratio(const Statistic& of, const Statistic& to, size_t rounds) {
  Weights weights(rounds, 1);
  Random random(rounds);
  return ratio_of(of(weights), to(weights), rounds, [&] {
    draw(random, weights);
    return of(weights) / to(weights);
  });
}

std::optional<Ratio> independent_ratio(const Series& of, const Series& to) {
  Weights of_weights(of.rounds, 1);
  Weights to_weights(to.rounds, 1);
  Random random(of.rounds);
  // As sure as the side with fewer rounds alone would be: too wide rather than too narrow.
  return ratio_of(of.statistic(of_weights), to.statistic(to_weights), std::min(of.rounds, to.rounds), [&] {
    draw(random, of_weights);
    draw(random, to_weights);
    return of.statistic(of_weights) / to.statistic(to_weights);
  });
}

std::optional<Ratio> count_ratio(const Count& of, const Count& to) {
  if (!(of.operations > 0) || !(to.operations > 0)) return std::nullopt;
  if (of.events == 0 && to.events == 0) return Ratio{.value = 1, .interval = Interval{1, 1}};
  // Half an event more on each side keeps none from dividing by it (F. Anscombe 1956).
  const double first = of.events + 0.5;
  const double second = to.events + 0.5;
  const double value = first / of.operations / (second / to.operations);
  const double width = std::exp(kNormal * std::sqrt(1 / first + 1 / second));
  return Ratio{.value = value, .interval = Interval{value / width, value * width}};
}

}  // namespace vireo::compare
