#pragma once

#include "vmm/base/fd.h"

namespace vireo::base {

// A non-blocking eventfd.
class EventFd {
 public:
  // Errors: SystemError (kHost) when file descriptors run out.
  EventFd();

  int get() const { return fd_.get(); }
  const Fd& fd() const { return fd_; }

  // Add one to the counter.
  void signal() const noexcept;
  // Take the counter, leaving zero; return what it was.
  uint64_t consume() const noexcept;

 private:
  Fd fd_;
};

}  // namespace vireo::base
