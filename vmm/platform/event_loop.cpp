#include "vmm/platform/event_loop.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>

namespace vireo::platform {

using base::ExitCode;
using base::SystemError;

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw SystemError(ExitCode::kHost, "epoll_create1", errno);
  watch(stop_.get(), [this](uint32_t) {
    stop_.consume();
    stopping_ = true;
  });
}

EventLoop::~EventLoop() = default;

void EventLoop::watch(int fd, std::function<void(uint32_t)> ready, Interest interest) {
  const std::lock_guard lock(mutex_);
  const uint32_t input = interest == Interest::kWrite ? 0u : uint32_t{EPOLLIN};
  const uint32_t output = interest == Interest::kRead ? 0u : uint32_t{EPOLLOUT};
  epoll_event event{.events = input | output, .data = {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0)
    throw SystemError(ExitCode::kRuntime, "epoll_ctl on descriptor " + std::to_string(fd), errno);
  watched_[fd] = std::make_shared<std::function<void(uint32_t)>>(std::move(ready));
}

void EventLoop::unwatch(int fd) noexcept {
  const std::lock_guard lock(mutex_);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  watched_.erase(fd);
}

EventLoop::Ready EventLoop::ready_of(int fd) const {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(fd);
  return found == watched_.end() ? nullptr : found->second;
}

void EventLoop::run() {
  stopping_ = false;
  while (!stopping_) {
    std::array<epoll_event, 16> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) throw SystemError(ExitCode::kRuntime, "epoll_wait", errno);
    for (int i = 0; i < count && !stopping_; ++i) {
      const Ready ready = ready_of(events[static_cast<size_t>(i)].data.fd);
      if (ready) (*ready)(events[static_cast<size_t>(i)].events);
    }
  }
}

void EventLoop::stop() noexcept {
  stop_.signal();
}

}  // namespace vireo::platform
