#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vireo::agent {

// How often each latency was seen. Log-linear: what is below 2^8 is exact, and above it a power of two has 128 buckets,
// so a value that is read back is at most 0.8 % larger than the one that was counted. Nothing is lost but that.
// Units: nanoseconds.
// Source: G. Tene's HdrHistogram, its bucket layout.
class Histogram {
 public:
  // Have room for every value: add() allocates nothing from now on.
  void reserve();
  void add(uint64_t value, uint64_t times = 1);
  void add(const Histogram& other);

  uint64_t count() const { return count_; }
  // Return the value that `share` of all that was counted do not exceed: the top of its bucket, and at most maximum().
  // Of nothing: 0. Precondition: 0 <= share <= 1.
  uint64_t quantile(double share) const;
  uint64_t maximum() const { return maximum_; }
  // Return the mean of the buckets' middles. Of nothing: 0.
  double mean() const;

  // A bucket that is not empty: values of `from` to `to`, both included.
  struct Bucket {
    uint64_t from = 0;
    uint64_t to = 0;
    uint64_t count = 0;
  };
  std::vector<Bucket> buckets() const;

  // Return the counts as text of "index:count" by blanks, and "max:value".
  std::string text() const;
  // Errors: nothing, where it is not such a text.
  static std::optional<Histogram> parse(std::string_view text);

  bool operator==(const Histogram&) const = default;

 private:
  std::vector<uint64_t> counts_;  // up to the last that is not 0
  uint64_t count_ = 0;
  uint64_t maximum_ = 0;
};

}  // namespace vireo::agent
