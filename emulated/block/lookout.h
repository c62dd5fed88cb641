#pragma once

#include <chrono>

namespace vireo::emulated {

// Whether a thread that waits for the one request under way looks for its end for a moment, and sleeps only then: worth
// it for media whose requests are done in less time than it takes to sleep, to be woken and to warm up again. With
// several under way it never is: they are waited for together, and whoever makes them needs the CPU.
class Lookout {
 public:
  using Duration = std::chrono::steady_clock::duration;
  static constexpr Duration kMost = std::chrono::microseconds(32);

  bool is_worth_it() const noexcept { return soon_ == kTrusted; }
  // How long one took from when it was waited for: looked for, or slept.
  void done_after(Duration time) noexcept { soon_ = time >= kMost ? 0 : soon_ < kTrusted ? soon_ + 1 : soon_; }

 private:
  static constexpr unsigned kTrusted = 8;

  unsigned soon_ = 0;  // so many one after the other
};

}  // namespace vireo::emulated
