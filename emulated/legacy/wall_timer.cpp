#include "emulated/legacy/wall_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "vmm/base/error.h"

namespace vireo::emulated {

WallTimer::WallTimer(platform::EventLoop& loop, std::function<void()> ring)
    : loop_(loop), timer_(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (!timer_)
    throw base::SystemError(base::ExitCode::kHost, "no timer for the guest's clock", errno,
                            "ulimit -n shows how many files may be open");
  loop_.watch(timer_.get(), [this, call = std::move(ring)](uint32_t) {
    uint64_t expired = 0;
    // ECANCELED: the clock was set. EAGAIN: another thread has set the timer anew.
    if (::read(timer_.get(), &expired, sizeof expired) > 0 || errno == ECANCELED) call();
  });
}

WallTimer::~WallTimer() {
  loop_.unwatch(timer_.get());
}

// timerfd_create(2): TFD_TIMER_CANCEL_ON_SET. ECANCELED of this call tells of a change before it, and the timer is set.
void WallTimer::set(std::optional<int64_t> time) noexcept {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t at = time ? std::max<int64_t>(*time, 1) : 0;  // 0 disarms
  const itimerspec once{.it_interval = {}, .it_value = {.tv_sec = at / kSecond, .tv_nsec = at % kSecond}};
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &once, nullptr);
}

}  // namespace vireo::emulated
