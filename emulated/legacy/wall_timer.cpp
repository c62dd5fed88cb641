#include "emulated/legacy/wall_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "emulated/legacy/clock.h"
#include "vmm/base/error.h"
#include "vmm/base/log.h"

namespace vireo::emulated {

WallTimer::~WallTimer() {
  if (timer_) loop_.unwatch(timer_.get());
}

void WallTimer::make() {
  base::Fd timer(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer)
    throw base::SystemError(base::ExitCode::kHost, "timerfd_create", errno,
                            "ulimit -n shows how many files may be open");
  loop_.watch(timer.get(), [this](uint32_t) { expired(); });
  timer_ = std::move(timer);
}

// ECANCELED: the clock was set. EAGAIN: another thread has set the timer anew.
void WallTimer::expired() {
  uint64_t times = 0;
  if (::read(timer_.get(), &times, sizeof times) > 0 || errno == ECANCELED) ring_();
}

// timerfd_create(2): TFD_TIMER_CANCEL_ON_SET. ECANCELED of this call tells of a change before it, and the timer is set.
void WallTimer::set(std::optional<int64_t> time) noexcept try {
  if (!timer_ && !time) return;
  if (!timer_) make();
  const int64_t at = time ? std::max<int64_t>(*time, 1) : 0;  // 0 disarms
  const itimerspec once{.it_interval = {}, .it_value = {.tv_sec = at / kSecond, .tv_nsec = at % kSecond}};
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &once, nullptr);
} catch (const base::Error& error) {
  spdlog::warn("the guest's clock will not interrupt: {}", error.what());
}

}  // namespace vireo::emulated
