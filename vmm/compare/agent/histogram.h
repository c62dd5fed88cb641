#pragma once

#include <algorithm>
#include <bit>
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
  void add(uint64_t value, uint64_t times = 1) {
    if (times == 0) return;
    const size_t index = index_of(value);
    if (index >= counts_.size()) counts_.resize(index + 1);
    counts_[index] += times;
    count_ += times;
    maximum_ = std::max(maximum_, value);
  }
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

  bool operator==(const Histogram& other) const;

 private:
  static constexpr unsigned kExactBits = 8;                       // values below 2^8 have a bucket each
  static constexpr size_t kHalf = size_t{1} << (kExactBits - 1);  // buckets of each power of two above
  static constexpr size_t kBuckets = (2 + 64 - kExactBits) * kHalf;

  // Powers of two above the exact ones: the highest kExactBits bits of the value say which bucket it is.
  static size_t index_of(uint64_t value) {
    const unsigned width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > kExactBits ? width - kExactBits : 0;
    return shift * kHalf + (value >> shift);
  }
  static uint64_t lowest_of(size_t index);
  static uint64_t highest_of(size_t index);

  std::vector<uint64_t> counts_;  // of every bucket, up to the last that is not 0 at least
  uint64_t count_ = 0;
  uint64_t maximum_ = 0;
};

}  // namespace vireo::agent
