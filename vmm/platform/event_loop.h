#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "vmm/base/event_fd.h"

namespace vireo::platform {

// One thread's epoll loop: signals, udev, error eventfds, console. Callbacks run on the thread in run().
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();

  enum class Interest : uint8_t { kRead, kWrite, kBoth };
  // Call `ready` (with epoll's event bits) when `fd` can be read, or written. Thread: any; a call that has begun when
  // another thread calls unwatch() may still run.
  void watch(int fd, std::function<void(uint32_t events)> ready, Interest interest = Interest::kRead);
  void unwatch(int fd) noexcept;

  // Handle events until stop(). Errors: SystemError (kRuntime).
  void run();
  // End run() after the present callback. Thread: any.
  void stop() noexcept;
  // Take back every stop() so far. Thread: the loop's, outside run().
  void forget_stop() noexcept { stop_.consume(); }

 private:
  using Ready = std::shared_ptr<std::function<void(uint32_t)>>;
  // A copy: the callback may unwatch itself.
  Ready ready_of(int fd) const;

  base::Fd epoll_;
  base::EventFd stop_;
  bool stopping_ = false;
  mutable std::mutex mutex_;
  std::map<int, Ready> watched_;
};

}  // namespace vireo::platform
