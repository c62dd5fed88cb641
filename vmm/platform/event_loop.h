#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "vmm/base/event_fd.h"

namespace vireo::platform {

// One thread's epoll loop: signals, udev, error eventfds, console. Callbacks run on the thread in run().
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();

  // Call `ready` (with epoll's event bits) when `fd` can be read. Thread: the loop's own, or before run().
  void watch(int fd, std::function<void(uint32_t events)> ready);
  void unwatch(int fd) noexcept;

  // Handle events until stop(). Errors: SystemError (kRuntime).
  void run();
  // End run() after the present callback. Thread: any.
  void stop() noexcept;
  // Take back every stop() so far. Thread: the loop's, outside run().
  void forget_stop() noexcept { stop_.consume(); }

 private:
  base::Fd epoll_;
  base::EventFd stop_;
  bool stopping_ = false;
  std::map<int, std::shared_ptr<std::function<void(uint32_t)>>> watched_;
};

}  // namespace vireo::platform
