#include "vmm/deadline_wait.h"

#include <sys/timerfd.h>

#include <cerrno>

namespace vireo {

DeadlineWait::DeadlineWait(platform::EventLoop& loop, unsigned seconds, std::function<void(bool)> end)
    : loop_(loop), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)), end_(std::move(end)) {
  const itimerspec time{.it_interval = {}, .it_value = {.tv_sec = seconds, .tv_nsec = 0}};
  if (!timer_ || ::timerfd_settime(timer_.get(), 0, &time, nullptr) < 0)
    throw base::SystemError(base::ExitCode::kHost, "no timer for a device that is to go", errno,
                            "ulimit -n shows how many files may be open");
  watch(event_.get(), true);
  watch(timer_.get(), false);
}

DeadlineWait::~DeadlineWait() {
  loop_.unwatch(timer_.get());
  loop_.unwatch(event_.get());
}

// A copy of `end` on the stack: this object may go with it.
void DeadlineWait::watch(int file, bool in_time) {
  loop_.watch(file, [this, in_time](uint32_t) {
    const std::function<void(bool)> end = end_;
    end(in_time);
  });
}

}  // namespace vireo
