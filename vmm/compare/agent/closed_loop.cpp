#include "vmm/compare/agent/closed_loop.h"

namespace vireo::agent {

void ClosedLoop::run() noexcept {
  started_ = device_.now();
  begin_free();
  while (!idle()) {
    device_.submit_and_wait(kForever);
    const uint64_t now = device_.now();
    collect(now);
    if (open_) begin_free();
  }
}

// They are begun together by the next wait, so the moment just before it is that of them all.
void ClosedLoop::begin_free() noexcept {
  if (free_.empty()) return;
  for (const unsigned slot : free_) device_.prepare(slot);
  const uint64_t now = device_.now();
  for (const unsigned slot : free_) from_[slot] = now;
  free_.clear();
}

void ClosedLoop::collect(uint64_t now) noexcept {
  while (const auto done = device_.done()) {
    count(*done, now, open_);
    if (!open_) continue;
    counts_.elapsed = now - started_;
    open_ = counts_.operations + counts_.errors < operations_ && counts_.elapsed < nanoseconds_;
  }
}

}  // namespace vireo::agent
