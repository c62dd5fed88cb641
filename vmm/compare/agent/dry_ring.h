#pragma once

#include <vector>

#include "vmm/compare/agent/requests.h"

namespace vireo::agent {

// Has nothing done, at once: there is no kernel at the queues' other end, so that what is left of an operation is the
// agent's own part of it, on the CPU and by the clock that it measures with. Only what liburing executes around its
// system call is not in it, some thirty instructions, in place of which a request is moved to the other queue.
class DryRing : public Requests {
 public:
  // Errors: as Requests'.
  explicit DryRing(const Order& order);

  void submit() noexcept {
    io_uring& queues = ring();
    for (; queues.sq.sqe_head != queues.sq.sqe_tail; ++queues.sq.sqe_head) {
      io_uring_cqe& completion = completions_[tail_ & queues.cq.ring_mask];
      completion.user_data = requests_[queues.sq.sqe_head & queues.sq.ring_mask].user_data;
      completion.res = static_cast<int>(block());
      ++tail_;
    }
  }
  void submit_and_wait(uint64_t) noexcept { submit(); }

 private:
  std::vector<io_uring_sqe> requests_;
  std::vector<io_uring_cqe> completions_;
  unsigned head_ = 0;
  unsigned tail_ = 0;
};

}  // namespace vireo::agent
