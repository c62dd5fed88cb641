#pragma once

#include <algorithm>

#include "vmm/compare/agent/loop.h"
#include "vmm/compare/agent/schedule.h"

namespace vireo::agent {

// One window in which operations begin at moments that do not depend on the path. Each counts from the moment at which
// it was to begin, also where it began later as every slot was busy: a stall is seen by all that had to wait for its
// end. What was due before the window was over by its time is still begun for another quarter of it; what even then was
// not is counted with what it has waited. Source: G. Tene, "How NOT to Measure Latency" (coordinated omission).
template <Device D>
class OpenLoop final : public Loop {
 public:
  // Precondition: order.rate > 0. Lifetime: of the device, longer than this.
  OpenLoop(const Order& order, D& device);

  void run() noexcept override;

 private:
  void draw() noexcept;
  bool begin_due(uint64_t now) noexcept;
  void collect(uint64_t now) noexcept;
  void sleep(uint64_t now) noexcept;
  void count_missed() noexcept;
  uint64_t since_start() noexcept { return device_.now() - started_; }

  D& device_;
  Schedule schedule_;
  uint64_t patience_;        // nothing is begun as late. All of these: nanoseconds since the start
  uint64_t drawn_ = 0;       // operations
  uint64_t moment_ = 0;      // of the next; kForever: there is none
  uint64_t free_since_ = 0;  // since when not all slots are busy
  uint64_t last_done_ = 0;
  uint64_t started_ = 0;
};

template <Device D>
OpenLoop<D>::OpenLoop(const Order& order, D& device)
    : Loop(order),
      device_(device),
      schedule_(order.rate, ~order.seed),  // when has nothing to do with where
      patience_(order.nanoseconds == 0 ? kForever : order.nanoseconds + order.nanoseconds / 4) {
  draw();
}

template <Device D>
void OpenLoop<D>::run() noexcept {
  started_ = device_.now();
  for (;;) {
    uint64_t now = since_start();
    collect(now);
    // One call that begins operations and then waits would wait for as long after they are begun.
    if (begin_due(now)) {
      device_.submit();
      now = since_start();
    }
    if (slots_.all_free() && (moment_ == kForever || now >= patience_)) break;
    sleep(now);
  }
  counts_.elapsed = drawn_ == operations_ ? std::min(last_done_, nanoseconds_) : nanoseconds_;
  count_missed();
}

template <Device D>
void OpenLoop<D>::draw() noexcept {
  const uint64_t moment = drawn_ == operations_ ? kForever : schedule_.next();
  moment_ = moment < nanoseconds_ ? moment : kForever;
  if (moment_ != kForever) ++drawn_;
}

// Return whether there was one.
template <Device D>
bool OpenLoop<D>::begin_due(uint64_t now) noexcept {
  bool any = false;
  while (moment_ <= now && now < patience_ && !slots_.none_free()) {
    const unsigned slot = slots_.take();
    from_[slot] = moment_;
    device_.prepare(slot);
    counts_.latest = std::max(counts_.latest, now - std::max(moment_, free_since_));
    any = true;
    draw();
  }
  return any;
}

template <Device D>
void OpenLoop<D>::collect(uint64_t now) noexcept {
  while (const auto done = device_.done()) {
    if (slots_.none_free()) free_since_ = now;
    last_done_ = now;
    count(*done, now, now <= nanoseconds_);
  }
}

// Until one is done, or the next is to begin.
template <Device D>
void OpenLoop<D>::sleep(uint64_t now) noexcept {
  const uint64_t moment = slots_.none_free() || now >= patience_ ? kForever : moment_;
  if (moment > now) device_.submit_and_wait(moment == kForever ? kForever : moment - now);
}

template <Device D>
void OpenLoop<D>::count_missed() noexcept {
  const uint64_t now = since_start();
  for (; moment_ != kForever; draw()) {
    latency_.add(now - moment_);
    ++counts_.missed;
  }
}

}  // namespace vireo::agent
