#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace vireo::base {

// A 64-bit address of one address space. Distinct types do not mix; sums are checked.
template <typename Space>
class Address {
 public:
  constexpr Address() = default;
  constexpr explicit Address(uint64_t value) : value_(value) {}

  constexpr uint64_t value() const { return value_; }
  constexpr auto operator<=>(const Address&) const = default;

  // Return this + offset, or nothing when it would wrap.
  constexpr std::optional<Address> plus(uint64_t offset) const {
    uint64_t sum = 0;
    if (__builtin_add_overflow(value_, offset, &sum)) return std::nullopt;
    return Address(sum);
  }

 private:
  uint64_t value_ = 0;
};

using GuestAddress = Address<struct GuestSpace>;  // guest physical
using Iova = Address<struct IovaSpace>;           // what a device's DMA uses
using HostAddress = Address<struct HostSpace>;    // host virtual

inline HostAddress host_address(const void* pointer) {
  return HostAddress(reinterpret_cast<uint64_t>(pointer));
}

// [start, start + size): never wraps, may be empty. Made by `make`, which refuses what would wrap; the range that
// ends at 2^64 is allowed (its last() is representable, its end is not).
template <typename A>
class Range {
 public:
  constexpr Range() = default;

  static constexpr std::optional<Range> make(A start, uint64_t size) {
    if (size != 0 && !start.plus(size - 1)) return std::nullopt;
    return Range(start, size);
  }

  // Return [first, last], as kernels give ranges; nothing when last < first. All 2^64 bytes lose their last one.
  static constexpr std::optional<Range> from_bounds(A first, uint64_t last) {
    if (last < first.value()) return std::nullopt;
    const uint64_t less_one = last - first.value();
    return Range(first, less_one == ~uint64_t{0} ? less_one : less_one + 1);
  }

  constexpr A start() const { return start_; }
  constexpr uint64_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  // The last address in a range that is not empty.
  constexpr A last() const { return A(start_.value() + (size_ - 1)); }

  constexpr bool contains(A address) const { return size_ != 0 && address >= start_ && address <= last(); }
  constexpr bool contains(const Range& other) const {
    return other.empty() || (contains(other.start_) && contains(other.last()));
  }
  constexpr bool overlaps(const Range& other) const {
    return !empty() && !other.empty() && start_ <= other.last() && other.start_ <= last();
  }
  constexpr auto operator<=>(const Range&) const = default;

 private:
  constexpr Range(A start, uint64_t size) : start_(start), size_(size) {}

  A start_;
  uint64_t size_ = 0;
};

using GuestRange = Range<GuestAddress>;
using IovaRange = Range<Iova>;

}  // namespace vireo::base
