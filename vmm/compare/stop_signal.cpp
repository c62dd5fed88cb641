#include "vmm/compare/stop_signal.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <cerrno>

namespace vireo::compare {

StopSignal::StopSignal() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
  file_ = base::Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!file_) throw base::SystemError(base::ExitCode::kHost, "signalfd", errno);
  // A child that is gone is an error of write(2), no more.
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, &before_);
}

// What was asked for has been done: it is not to end the program a second time.
StopSignal::~StopSignal() {
  signalfd_siginfo info{};
  while (::read(file_.get(), &info, sizeof info) > 0) continue;
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool StopSignal::requested() const {
  pollfd wait{.fd = file_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, 0) > 0;
}

}  // namespace vireo::compare
