#include "emulated/block/io_ring.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <vector>

#include "vmm/base/bits.h"
#include "vmm/base/error.h"

namespace vireo::emulated {
namespace {

// From the newest kernels' to the oldest's: completions are collected when we ask, by the one thread that submits.
constexpr std::array kSetups{unsigned{IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                                      IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_R_DISABLED},
                             unsigned{IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_R_DISABLED},
                             unsigned{IORING_SETUP_R_DISABLED}};

// The most that one registered buffer has. Linux io_uring/rsrc.c, io_buffer_validate().
constexpr uint64_t kPiece = base::kGiB;

}  // namespace

std::optional<uint16_t> piece_of(std::span<const uint8_t> memory, const iovec& part) noexcept {
  const uint64_t start = reinterpret_cast<uint64_t>(part.iov_base) - reinterpret_cast<uint64_t>(memory.data());
  if (part.iov_len == 0 || start >= memory.size() || part.iov_len > memory.size() - start) return std::nullopt;
  if (start / kPiece != (start + part.iov_len - 1) / kPiece) return std::nullopt;
  return static_cast<uint16_t>(start / kPiece);
}

IoRing::IoRing(unsigned entries, std::span<const int> files, const std::string& what) {
  if (const int error = create(entries, files); error < 0)
    throw base::SystemError(base::ExitCode::kHost, "io_uring for " + what, -error,
                            "emulated disks need Linux 5.13 or later, sysctl kernel.io_uring_disabled=0 where there is "
                            "such a key, and a container whose seccomp filter allows io_uring");
}

int IoRing::create(unsigned entries, std::span<const int> files) noexcept {
  int error = 0;
  for (const unsigned flags : kSetups) {
    error = ::io_uring_queue_init(entries, &ring_, flags);
    if (error != -EINVAL) break;
  }
  if (error < 0) return error;
  constexpr unsigned kNeeded = IORING_FEAT_RSRC_TAGS;  // of the release that had polls which go on
  error = (ring_.features & kNeeded) == 0 ? -EOPNOTSUPP : 0;
  if (error == 0) error = ::io_uring_register_files(&ring_, files.data(), static_cast<unsigned>(files.size()));
  if (error < 0) ::io_uring_queue_exit(&ring_);
  return error;
}

// Where the thread names the ring by an index of its own the kernel does not count who else uses its file: twice a
// system call less that CPUs tell each other of. Where it cannot (Linux before 5.18) it goes on by the file.
void IoRing::enable() noexcept {
  ::io_uring_enable_rings(&ring_);
  ::io_uring_register_ring_fd(&ring_);
}

// The index is the thread's, not that of who destroys this.
void IoRing::release_files() noexcept {
  ::io_uring_unregister_files(&ring_);
  ::io_uring_unregister_ring_fd(&ring_);
}

int IoRing::register_memory(std::span<uint8_t> memory) noexcept try {
  std::vector<iovec> pieces;
  for (size_t at = 0; at < memory.size(); at += kPiece)
    pieces.push_back({.iov_base = &memory[at], .iov_len = std::min<size_t>(memory.size() - at, kPiece)});
  const int error = ::io_uring_register_buffers(&ring_, pieces.data(), static_cast<unsigned>(pieces.size()));
  if (error == 0) memory_ = memory;
  return -error;
} catch (const std::bad_alloc&) {
  return ENOMEM;
}

io_uring_sqe& IoRing::request(uint64_t data) noexcept {
  io_uring_sqe* fresh = ::io_uring_get_sqe(&ring_);
  while (fresh == nullptr) {
    ::io_uring_submit(&ring_);
    fresh = ::io_uring_get_sqe(&ring_);
  }
  ::io_uring_sqe_set_data64(fresh, data);
  return *fresh;
}

void IoRing::watch(int file, uint64_t data) noexcept {
  io_uring_sqe& fresh = request(data);
  ::io_uring_prep_poll_multishot(&fresh, file, POLLIN);
}

void IoRing::unwatch(uint64_t data, uint64_t own) noexcept {
  io_uring_sqe& fresh = request(own);
  ::io_uring_prep_poll_remove(&fresh, data);
}

void IoRing::wait(unsigned seconds) noexcept {
  io_uring_cqe* first = nullptr;
  __kernel_timespec time{.tv_sec = seconds, .tv_nsec = 0};
  ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &time, nullptr);
}

// What has ended becomes a completion when the kernel is asked, and a flag says when to ask.
bool IoRing::look(std::chrono::steady_clock::duration most) noexcept {
  using Clock = std::chrono::steady_clock;
  ::io_uring_submit(&ring_);
  const Clock::time_point end = Clock::now() + most;
  do {
    if ((IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_TASKRUN) != 0) ::io_uring_get_events(&ring_);
    if (::io_uring_cq_ready(&ring_) != 0) return true;
    __builtin_ia32_pause();
  } while (Clock::now() < end);
  return false;
}

}  // namespace vireo::emulated
