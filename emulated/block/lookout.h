#pragma once

#include <algorithm>
#include <chrono>

namespace vireo::emulated {

// Whether a thread that waits for the one request under way looks for its end for a moment, and sleeps only then: worth
// it for media whose requests are done in less time than it takes to sleep, to be woken and to warm up again. With
// several under way it never is: they are waited for together, and whoever makes them needs the CPU.
// One late request among many that are not changes nothing. Where several are late nobody looks for a while, twice as
// long each time, so that a slow medium costs next to nothing: how long a request took of which nobody looked for the
// end says little, as waking is in it.
class Lookout {
 public:
  static constexpr std::chrono::microseconds kMost{32};

  // Is it worth it for this request? Once for each.
  bool is_worth_it() noexcept {
    if (pause_ == 0) return true;
    --pause_;
    return false;
  }
  // How it went: was the request done meanwhile?
  void looked(bool done) noexcept {
    late_ = done ? late_ / 2 : std::min(late_ + 1, kLate + kDoublings);
    if (!done && late_ >= kLate) pause_ = kPause << (late_ - kLate);
  }

 private:
  static constexpr unsigned kLate = 2;
  static constexpr unsigned kPause = 8;  // requests
  static constexpr unsigned kDoublings = 7;

  unsigned late_ = 0;   // more or less how many were, one after the other
  unsigned pause_ = 0;  // requests for whose end nobody looks
};

}  // namespace vireo::emulated
