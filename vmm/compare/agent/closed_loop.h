#pragma once

#include "vmm/compare/agent/loop.h"

namespace vireo::agent {

// One window in which `depth` operations are always under way: as soon as one is seen to be done, the next begins. Each
// counts from just before it is begun until it is seen to be done.
template <Device D>
class ClosedLoop final : public Loop {
 public:
  // Lifetime: of the device, longer than this.
  ClosedLoop(const Order& order, D& device) : Loop(order), device_(device) {}

  void run() noexcept override;

 private:
  void begin_free() noexcept;
  void collect(uint64_t now) noexcept;

  D& device_;
  uint64_t started_ = 0;
  bool open_ = true;  // the window is not over
};

template <Device D>
void ClosedLoop<D>::run() noexcept {
  started_ = device_.now();
  begin_free();
  while (!slots_.all_free()) {
    device_.submit_and_wait(kForever);
    collect(device_.now());
    if (open_) begin_free();
  }
}

// They are begun together by the next wait, so the moment just before it is that of them all.
template <Device D>
void ClosedLoop<D>::begin_free() noexcept {
  if (slots_.none_free()) return;
  for (const unsigned slot : slots_.free()) device_.prepare(slot);
  const uint64_t now = device_.now();
  for (const unsigned slot : slots_.free()) from_[slot] = now;
  slots_.take_all();
}

template <Device D>
void ClosedLoop<D>::collect(uint64_t now) noexcept {
  while (const auto done = device_.done()) {
    count(*done, now, open_);
    if (!open_) continue;
    counts_.elapsed = now - started_;
    open_ = counts_.operations + counts_.errors < operations_ && counts_.elapsed < nanoseconds_;
  }
}

}  // namespace vireo::agent
