#pragma once

#include "vmm/compare/agent/ring.h"

namespace vireo::agent {

// The same, but the CPU never sleeps until an operation is done: what a medium takes without waiting for a CPU to wake.
// The driver polls the device's queue where it has one for that, and no interrupt comes; else we ask the kernel over
// and over, and the interrupt meets a CPU that is awake. Source: io_uring_setup(2), IORING_SETUP_IOPOLL.
class PolledRing : public Ring {
 public:
  // `poll_queue`: the driver has one. Errors: as Ring's.
  PolledRing(const Order& order, int file, bool poll_queue)
      : Ring(order, file, poll_queue ? IORING_SETUP_IOPOLL : 0), poll_queue_(poll_queue) {}

  bool polls_device() const noexcept { return poll_queue_; }

  // Waits for ever: a polled loop is a closed one.
  void submit_and_wait(uint64_t nanoseconds) noexcept {
    if (poll_queue_) return Ring::submit_and_wait(nanoseconds);
    submit();
    while (::io_uring_cq_ready(&ring()) == 0) ::io_uring_get_events(&ring());
  }

 private:
  bool poll_queue_;
};

}  // namespace vireo::agent
