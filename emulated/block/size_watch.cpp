#include "emulated/block/size_watch.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>

#include "vmm/base/error.h"
#include "vmm/base/log.h"

namespace vireo::emulated {

SizeWatch::SizeWatch(DiskImage& image, platform::EventLoop& loop, std::function<void()> changed)
    : loop_(loop), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  const itimerspec period{.it_interval = {.tv_sec = kPeriod, .tv_nsec = 0},
                          .it_value = {.tv_sec = kPeriod, .tv_nsec = 0}};
  if (!timer_ || ::timerfd_settime(timer_.get(), 0, &period, nullptr) < 0)
    throw base::SystemError(base::ExitCode::kHost, "no timer for the disk " + image.path(), errno,
                            "ulimit -n shows how many files may be open");
  loop_.watch(timer_.get(), [this, &image, tell = std::move(changed)](uint32_t) {
    uint64_t expired = 0;
    if (::read(timer_.get(), &expired, sizeof expired) < 0 || !image.look_at_size()) return;
    spdlog::info("[{}] the disk has {} bytes now: the guest is told", image.path(), image.size());
    tell();
  });
}

SizeWatch::~SizeWatch() {
  loop_.unwatch(timer_.get());
}

}  // namespace vireo::emulated
