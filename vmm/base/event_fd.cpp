#include "vmm/base/event_fd.h"

#include <sys/eventfd.h>

#include <cerrno>

namespace vireo::base {

EventFd::EventFd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!fd_) throw SystemError(ExitCode::kHost, "eventfd", errno, "raise the limit on open files: ulimit -n 65536");
}

void EventFd::signal() const noexcept {
  const uint64_t one = 1;
  // EAGAIN means that the counter is full: it is signalled.
  [[maybe_unused]] const ssize_t written = ::write(fd_.get(), &one, sizeof one);
}

uint64_t EventFd::consume() const noexcept {
  uint64_t count = 0;
  return ::read(fd_.get(), &count, sizeof count) == static_cast<ssize_t>(sizeof count) ? count : 0;
}

}  // namespace vireo::base
