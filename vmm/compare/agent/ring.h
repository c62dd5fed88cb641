#pragma once

#include "vmm/compare/agent/ballast.h"
#include "vmm/compare/agent/dry_ring.h"

namespace vireo::agent {

// Has operations done by the kernel: an io_uring with the disk and the slots' memory registered, so that the kernel
// looks up neither with each operation. Source: io_uring(7), io_uring_register(2).
class Ring : public Requests {
 public:
  using Dry = DryRing;  // the same without the kernel

  // `setup`: flags of io_uring_setup(2) besides those that are best for all. Errors: SystemError naming what the kernel
  // refused. Lifetime: of the file, longer than this.
  Ring(const Order& order, int file, unsigned setup = 0);
  ~Ring() { ::io_uring_queue_exit(&ring()); }

  void submit() noexcept {
    if (ballast_.weighs()) ballast_.carry(::io_uring_sq_ready(&ring()));
    ::io_uring_submit(&ring());
  }
  void submit_and_wait(uint64_t nanoseconds) noexcept {
    if (ballast_.weighs()) ballast_.carry(::io_uring_sq_ready(&ring()));
    if (nanoseconds == kForever) {
      ::io_uring_submit_and_wait(&ring(), 1);
    } else {
      wait(nanoseconds);
    }
  }

 private:
  void register_resources(int file);
  void wait(uint64_t nanoseconds) noexcept;

  Ballast ballast_;
};

}  // namespace vireo::agent
