#pragma once

#include <numeric>
#include <span>
#include <vector>

namespace vireo::agent {

// Which slots have no operation. Their memory never grows, and nothing asks whether it must.
class Slots {
 public:
  explicit Slots(unsigned count) : slots_(count), count_(count), free_(count) {
    std::iota(slots_.begin(), slots_.end(), 0u);
  }

  bool all_free() const noexcept { return free_ == count_; }
  bool none_free() const noexcept { return free_ == 0; }
  std::span<const unsigned> free() const noexcept { return {slots_.data(), free_}; }

  // Precondition: one is free.
  unsigned take() noexcept { return slots_[--free_]; }
  void take_all() noexcept { free_ = 0; }
  // Precondition: it was taken.
  void give_back(unsigned slot) noexcept { slots_[free_++] = slot; }

 private:
  std::vector<unsigned> slots_;  // those that are free first
  unsigned count_;
  unsigned free_;
};

}  // namespace vireo::agent
