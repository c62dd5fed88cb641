#pragma once

#include <functional>

#include "vmm/base/event_fd.h"
#include "vmm/platform/event_loop.h"

namespace vireo {

// Something that happens, or the time for it is over: a guest lets go of a device, a device answers again.
class DeadlineWait {
 public:
  // `end` is called once, on the loop's thread; the wait may be destroyed by it. Lifetime: `loop` outlives it.
  // Errors: SystemError (kHost) when file descriptors run out.
  DeadlineWait(platform::EventLoop& loop, unsigned seconds, std::function<void(bool in_time)> end);
  ~DeadlineWait();
  DeadlineWait(const DeadlineWait&) = delete;
  DeadlineWait& operator=(const DeadlineWait&) = delete;

  // To be signalled when it has happened.
  const base::EventFd& event() const { return event_; }

 private:
  void watch(int file, bool in_time);

  platform::EventLoop& loop_;
  base::EventFd event_;
  base::Fd timer_;
  std::function<void(bool)> end_;
};

}  // namespace vireo
