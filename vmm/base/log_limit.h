#pragma once

#include <chrono>
#include <optional>
#include <utility>

namespace vireo::base {

// Lines of one kind, of which a device or a guest can cause any number: one a period is logged, the others are counted.
class LogLimit {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LogLimit(Clock::duration period) : period_(period) {}

  // Return whether to log a line now, and if so how many were left out since the last one.
  std::optional<unsigned> admit(Clock::time_point now) noexcept {
    if (last_ && now - *last_ < period_) {
      ++left_out_;
      return std::nullopt;
    }
    last_ = now;
    return std::exchange(left_out_, 0);
  }

 private:
  Clock::duration period_;
  std::optional<Clock::time_point> last_;
  unsigned left_out_ = 0;
};

}  // namespace vireo::base
