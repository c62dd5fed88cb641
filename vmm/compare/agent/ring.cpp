#include "vmm/compare/agent/ring.h"

#include <array>

namespace vireo::agent {
namespace {

// From the newest kernels' to the oldest's: completions are collected when we ask, by the one thread that submits.
constexpr std::array kSetups{unsigned{IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN},
                             unsigned{IORING_SETUP_COOP_TASKRUN}, 0u};

void require(int result, const char* what) {
  if (result < 0) throw base::SystemError(base::ExitCode::kHost, what, -result);
}

// Linux 5.11 has waits with a time limit.
void create(unsigned entries, unsigned setup, io_uring& ring) {
  int result = -EINVAL;
  for (size_t i = 0; i < kSetups.size() && result == -EINVAL; ++i)
    result = ::io_uring_queue_init(entries, &ring, kSetups[i] | setup);
  require(result, "io_uring_setup");
  if ((ring.features & IORING_FEAT_EXT_ARG) != 0) return;
  ::io_uring_queue_exit(&ring);
  require(-EOPNOTSUPP, "io_uring with a time limit for waits");
}

}  // namespace

Ring::Ring(const Order& order, int file, unsigned setup)
    : writes_(order.operation == Operation::kWrite),
      block_(static_cast<unsigned>(order.block)),
      blocks_(order),
      ballast_(order),
      memory_({.size = order.block * order.depth, .flags = MAP_PRIVATE | MAP_ANONYMOUS}, "memory for operations") {
  fill_memory(order);
  create(order.depth, setup, ring_);
  try {
    register_resources(file);
    fill_entries();
  } catch (...) {
    ::io_uring_queue_exit(&ring_);
    throw;
  }
}

// What is written: nothing that a disk could make less of.
void Ring::fill_memory(const Order& order) {
  Random random(order.seed);
  for (uint64_t at = 0; writes_ && at < memory_.size(); at += sizeof(uint64_t)) {
    const uint64_t word = random.below(~uint64_t{0});
    std::memcpy(memory_.data() + at, &word, sizeof word);
  }
}

void Ring::register_resources(int file) {
  const iovec buffer{.iov_base = memory_.data(), .iov_len = memory_.size()};
  require(::io_uring_register_files(&ring_, &file, 1), "io_uring_register_files");
  require(::io_uring_register_buffers(&ring_, &buffer, 1), "io_uring_register_buffers");
  ::io_uring_register_ring_fd(&ring_);  // since Linux 5.18; without it, all is as well but slower
}

// What is the same in every request is written once: the kernel leaves it as it is. Source: io_uring_enter(2).
void Ring::fill_entries() noexcept {
  for (unsigned i = 0; i < ring_.sq.ring_entries; ++i) {
    io_uring_sqe& entry = ring_.sq.sqes[i];
    ::io_uring_prep_rw(writes_ ? IORING_OP_WRITE_FIXED : IORING_OP_READ_FIXED, &entry, 0, memory_.data(), block_, 0);
    entry.flags = IOSQE_FIXED_FILE;
    entry.buf_index = 0;
  }
}

void Ring::wait(uint64_t nanoseconds) noexcept {
  __kernel_timespec limit{.tv_sec = static_cast<int64_t>(nanoseconds / kSecond),
                          .tv_nsec = static_cast<int64_t>(nanoseconds % kSecond)};
  io_uring_cqe* first = nullptr;
  ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
}

}  // namespace vireo::agent
