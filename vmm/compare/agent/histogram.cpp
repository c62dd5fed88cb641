#include "vmm/compare/agent/histogram.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace vireo::agent {
namespace {

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

uint64_t Histogram::lowest_of(size_t index) {
  if (index < 2 * kHalf) return index;
  const size_t shift = index / kHalf - 1;
  return (index - shift * kHalf) << shift;
}

uint64_t Histogram::highest_of(size_t index) {
  return index + 1 == kBuckets ? ~uint64_t{0} : lowest_of(index + 1) - 1;
}

void Histogram::reserve() {
  counts_.resize(kBuckets);
}

void Histogram::add(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  maximum_ = std::max(maximum_, other.maximum_);
}

// With as many counted, what one has past the other's end is nothing.
bool Histogram::operator==(const Histogram& other) const {
  const size_t common = std::min(counts_.size(), other.counts_.size());
  return count_ == other.count_ && maximum_ == other.maximum_ &&
         std::equal(counts_.begin(), counts_.begin() + static_cast<ptrdiff_t>(common), other.counts_.begin());
}

uint64_t Histogram::quantile(double share) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= std::max<uint64_t>(wanted, 1)) return std::min(highest_of(i), maximum_);
  }
  return maximum_;
}

double Histogram::mean() const {
  if (count_ == 0) return 0;
  double sum = 0;
  for (const Bucket& bucket : buckets())
    sum += (static_cast<double>(bucket.from) + static_cast<double>(std::min(bucket.to, maximum_))) / 2 *
           static_cast<double>(bucket.count);
  return sum / static_cast<double>(count_);
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> all;
  for (size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i] != 0) all.push_back({lowest_of(i), highest_of(i), counts_[i]});
  return all;
}

std::string Histogram::text() const {
  std::string text;
  for (size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i] != 0) text += std::to_string(i) + ":" + std::to_string(counts_[i]) + " ";
  return text + "max:" + std::to_string(maximum_);
}

std::optional<Histogram> Histogram::parse(std::string_view text) {
  Histogram histogram;
  bool whole = false;
  while (!text.empty() && !whole) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const size_t colon = word.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto count = number(word.substr(colon + 1));
    whole = word.substr(0, colon) == "max";
    const auto index = whole ? std::optional<uint64_t>(0) : number(word.substr(0, colon));
    if (!count || !index || *index >= kBuckets) return std::nullopt;
    if (whole)
      histogram.maximum_ = *count;
    else
      histogram.add(lowest_of(*index), *count);
  }
  if (!whole || !text.empty()) return std::nullopt;
  // No maximum that its last bucket cannot have.
  if (histogram.counts_.empty() ? histogram.maximum_ != 0
                                : index_of(histogram.maximum_) + 1 != histogram.counts_.size())
    return std::nullopt;
  return histogram;
}

}  // namespace vireo::agent
