#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

#include "vmm/platform/guest_memory.h"

namespace vireo::emulated {

// Part of a queue in guest memory, aligned as it must be; the driver on another CPU reads and writes it too.
// Preconditions of all: offset + size lies in the part.
class RingMemory {
 public:
  // Nothing when it is not aligned or not all in RAM.
  static std::optional<RingMemory> make(const platform::GuestMemory& memory, base::GuestAddress address, uint64_t size,
                                        uint64_t alignment) noexcept {
    const std::span<uint8_t> bytes = memory.bytes(address, size);
    if (bytes.empty() || address.value() % alignment != 0) return std::nullopt;
    return RingMemory(bytes.data());
  }

  // Of a table that need not be aligned: for copy() only.
  static RingMemory at(uint8_t* start) { return RingMemory(start); }

  template <typename T>
  T copy(uint64_t offset) const noexcept {
    T value;
    std::memcpy(&value, start_ + offset, sizeof value);
    asm volatile("" ::: "memory");  // what is checked is the copy: the compiler may not look again
    return value;
  }
  template <typename T>
  void store(uint64_t offset, const T& value) const noexcept {
    std::memcpy(start_ + offset, &value, sizeof value);
  }
  template <typename T = uint16_t>
  T load_acquire(uint64_t offset) const noexcept {
    return word<T>(offset).load(std::memory_order_acquire);
  }
  template <typename T = uint16_t>
  void store_release(uint64_t offset, std::type_identity_t<T> value) const noexcept {
    word<T>(offset).store(value, std::memory_order_release);
  }

 private:
  explicit RingMemory(uint8_t* start) : start_(start) {}
  template <typename T>
  std::atomic_ref<T> word(uint64_t offset) const noexcept {
    return std::atomic_ref<T>(*reinterpret_cast<T*>(start_ + offset));
  }

  uint8_t* start_;
};

// Whether `event` lies among the (at most `size`) positions from `before` to `now`, that one not included: what the
// other side asked to be told of has just happened. virtio 1.2 2.7.10.
constexpr bool passed(uint16_t event, uint16_t before, uint16_t now) {
  return static_cast<uint16_t>(now - event - 1) < static_cast<uint16_t>(now - before);
}

}  // namespace vireo::emulated
