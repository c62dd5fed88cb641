#pragma once

#include <functional>
#include <optional>

#include "vmm/base/fd.h"
#include "vmm/platform/event_loop.h"

namespace vireo::emulated {

// An alarm clock on the host's wall clock. It costs nothing before it is set.
class WallTimer {
 public:
  // `ring` is called on the loop's thread: at the time, and when somebody sets the host's clock meanwhile.
  // Lifetime: `loop` outlives it. Thread: destroyed on the loop's.
  WallTimer(platform::EventLoop& loop, std::function<void()> ring) : loop_(loop), ring_(std::move(ring)) {}
  ~WallTimer();
  WallTimer(const WallTimer&) = delete;
  WallTimer& operator=(const WallTimer&) = delete;

  // Ring once at that time; nothing: not at all. Without file descriptors it never rings. Units: nanoseconds since
  // 1970-01-01 00:00:00 UTC. Thread: any, one at a time.
  void set(std::optional<int64_t> time) noexcept;

 private:
  void make();
  void expired();

  platform::EventLoop& loop_;
  std::function<void()> ring_;
  base::Fd timer_;
};

}  // namespace vireo::emulated
