#pragma once

#include <liburing.h>

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>

namespace vireo::emulated {

// Memory is registered in pieces; return which of them has all of the part, if one does.
std::optional<uint16_t> piece_of(std::span<const uint8_t> memory, const iovec& part) noexcept;

// An io_uring of one thread, with registered files: what the thread waits for comes as completions, each with the data
// that its request was given. Source: io_uring(7). Thread: the one that called enable().
class IoRing {
 public:
  // `files`: -1 is none; requests name them by index. `what`: for messages.
  // Errors: SystemError (kHost) naming what the host's kernel lacks.
  IoRing(unsigned entries, std::span<const int> files, const std::string& what);
  ~IoRing() { ::io_uring_queue_exit(&ring_); }
  IoRing(const IoRing&) = delete;
  IoRing& operator=(const IoRing&) = delete;

  void enable() noexcept;

  // Have the kernel look up and pin this memory's pages once, and not with each request. Where it refuses (memory, the
  // limit of locked memory) requests go on without. Return errno, 0 when it did. Lifetime: longer than this.
  // Source: io_uring_register_buffers(3).
  int register_memory(std::span<uint8_t> memory) noexcept;
  // The registered buffer that has all of it, if one does.
  std::optional<uint16_t> buffer_of(const iovec& part) const noexcept { return piece_of(memory_, part); }

  // Let go of the files at once, and not some time after this is gone. No request may follow.
  void release_files() noexcept;

  // A fresh request for the next wait to submit; liburing's io_uring_prep_...() leave its data alone.
  io_uring_sqe& request(uint64_t data) noexcept;
  // Complete whenever `file` becomes readable, without its being read, until a completion says that it was the last.
  void watch(int file, uint64_t data) noexcept;
  // End a watch: its last completion comes, with an error. `own` is this request's own data.
  void unwatch(uint64_t data, uint64_t own) noexcept;

  // Submit, and wait for a completion.
  void wait() noexcept { ::io_uring_submit_and_wait(&ring_, 1); }
  void wait(unsigned seconds) noexcept;
  // Submit, and look for a completion without sleeping, for so long at most. Return whether there is one.
  bool look(std::chrono::steady_clock::duration most) noexcept;
  // Call visit(data, result, goes_on) for each completion there is. It may make requests. What comes meanwhile may be
  // left to the next call: wait() then does not wait.
  template <typename Visit>
  void collect(Visit visit) noexcept {
    std::array<io_uring_cqe*, 32> batch;
    unsigned count = 0;
    do {
      count = ::io_uring_peek_batch_cqe(&ring_, batch.data(), batch.size());
      for (unsigned i = 0; i < count; ++i)
        visit(batch[i]->user_data, batch[i]->res, (batch[i]->flags & IORING_CQE_F_MORE) != 0);
      ::io_uring_cq_advance(&ring_, count);
    } while (count == batch.size());
  }

 private:
  int create(unsigned entries, std::span<const int> files) noexcept;

  io_uring ring_{};
  std::span<uint8_t> memory_;  // registered, in pieces
};

}  // namespace vireo::emulated
