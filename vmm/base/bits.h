#pragma once

#include <bit>
#include <cstdint>
#include <optional>

namespace vireo::base {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;
constexpr uint64_t kGiB = 1024 * kMiB;
constexpr uint64_t kTiB = 1024 * kGiB;
constexpr uint64_t kPageSize = 4 * kKiB;

constexpr bool is_aligned(uint64_t value, uint64_t power_of_two) {
  return (value & (power_of_two - 1)) == 0;
}
constexpr uint64_t align_down(uint64_t value, uint64_t power_of_two) {
  return value & ~(power_of_two - 1);
}
// Precondition: value + power_of_two - 1 does not wrap.
constexpr uint64_t align_up(uint64_t value, uint64_t power_of_two) {
  return align_down(value + power_of_two - 1, power_of_two);
}
// The same for values that a guest or a file chose.
constexpr std::optional<uint64_t> checked_align_up(uint64_t value, uint64_t power_of_two) {
  uint64_t sum = 0;
  if (__builtin_add_overflow(value, power_of_two - 1, &sum)) return std::nullopt;
  return align_down(sum, power_of_two);
}

// All-ones of `width` bytes (1 to 8): what a read of nothing returns.
constexpr uint64_t all_ones(unsigned width) {
  return width >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * width)) - 1;
}

}  // namespace vireo::base
