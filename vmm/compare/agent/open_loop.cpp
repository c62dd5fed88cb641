#include "vmm/compare/agent/open_loop.h"

#include <algorithm>

namespace vireo::agent {

OpenLoop::OpenLoop(const Order& order, Device& device)
    : Loop(order, device),
      schedule_(order.rate, ~order.seed),  // when has nothing to do with where
      patience_(order.nanoseconds == 0 ? kForever : order.nanoseconds + order.nanoseconds / 4) {
  draw();
}

void OpenLoop::run() noexcept {
  started_ = device_.now();
  for (;;) {
    uint64_t now = since_start();
    collect(now);
    // One call that begins operations and then waits would wait for as long after they are begun.
    if (begin_due(now)) {
      device_.submit();
      now = since_start();
    }
    if (idle() && (moment_ == kForever || now >= patience_)) break;
    sleep(now);
  }
  counts_.elapsed = drawn_ == operations_ ? std::min(last_done_, nanoseconds_) : nanoseconds_;
  count_missed();
}

void OpenLoop::draw() noexcept {
  const uint64_t moment = drawn_ == operations_ ? kForever : schedule_.next();
  moment_ = moment < nanoseconds_ ? moment : kForever;
  if (moment_ != kForever) ++drawn_;
}

// Return whether there was one.
bool OpenLoop::begin_due(uint64_t now) noexcept {
  bool any = false;
  while (moment_ <= now && now < patience_ && !free_.empty()) {
    const unsigned slot = free_.back();
    free_.pop_back();
    from_[slot] = moment_;
    device_.prepare(slot);
    counts_.latest = std::max(counts_.latest, now - std::max(moment_, free_since_));
    any = true;
    draw();
  }
  return any;
}

void OpenLoop::collect(uint64_t now) noexcept {
  while (const auto done = device_.done()) {
    if (free_.empty()) free_since_ = now;
    last_done_ = now;
    count(*done, now, now <= nanoseconds_);
  }
}

// Until one is done, or the next is to begin.
void OpenLoop::sleep(uint64_t now) noexcept {
  const uint64_t moment = free_.empty() || now >= patience_ ? kForever : moment_;
  if (moment > now) device_.submit_and_wait(moment == kForever ? kForever : moment - now);
}

void OpenLoop::count_missed() noexcept {
  const uint64_t now = since_start();
  for (; moment_ != kForever; draw()) {
    latency_.add(now - moment_);
    ++counts_.missed;
  }
}

}  // namespace vireo::agent
