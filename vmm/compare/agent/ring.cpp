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

Ring::Ring(const Order& order, int file, unsigned setup) : Requests(order), ballast_(order) {
  create(order.depth, setup, ring());
  try {
    register_resources(file);
    fill_entries();
  } catch (...) {
    ::io_uring_queue_exit(&ring());
    throw;
  }
}

void Ring::register_resources(int file) {
  const iovec buffer{.iov_base = memory().data(), .iov_len = memory().size()};
  require(::io_uring_register_files(&ring(), &file, 1), "io_uring_register_files");
  require(::io_uring_register_buffers(&ring(), &buffer, 1), "io_uring_register_buffers");
  ::io_uring_register_ring_fd(&ring());  // since Linux 5.18; without it, all is as well but slower
}

void Ring::wait(uint64_t nanoseconds) noexcept {
  __kernel_timespec limit{.tv_sec = static_cast<int64_t>(nanoseconds / kSecond),
                          .tv_nsec = static_cast<int64_t>(nanoseconds % kSecond)};
  io_uring_cqe* first = nullptr;
  ::io_uring_submit_and_wait_timeout(&ring(), &first, 1, &limit, nullptr);
}

}  // namespace vireo::agent
