#pragma once

#include <liburing.h>
#include <time.h>

#include <cstring>

#include "vmm/base/mapping.h"
#include "vmm/compare/agent/ballast.h"
#include "vmm/compare/agent/blocks.h"
#include "vmm/compare/agent/device.h"

namespace vireo::agent {

// Has operations done by the kernel: an io_uring with the disk and the slots' memory registered, so that the kernel
// looks up neither with each operation. Source: io_uring(7), io_uring_register(2).
class Ring {
 public:
  // `setup`: flags of io_uring_setup(2) besides those that are best for all. Errors: SystemError naming what the kernel
  // refused. Lifetime: of the file, longer than this.
  Ring(const Order& order, int file, unsigned setup = 0);
  ~Ring() { ::io_uring_queue_exit(&ring_); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  uint64_t now() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
  }
  void prepare(unsigned slot) noexcept {
    // There is room: the ring has as many entries as there are slots.
    io_uring_sqe& entry = ring_.sq.sqes[ring_.sq.sqe_tail++ & ring_.sq.ring_mask];
    uint8_t* memory = memory_.data() + uint64_t{slot} * block_;
    const uint64_t offset = blocks_.next();
    if (writes_) std::memcpy(memory, &offset, sizeof offset);  // each block says where it belongs
    entry.addr = reinterpret_cast<uint64_t>(memory);
    entry.off = offset;
    entry.user_data = slot;
  }
  void submit() noexcept {
    if (ballast_.weighs()) ballast_.carry(::io_uring_sq_ready(&ring_));
    ::io_uring_submit(&ring_);
  }
  void submit_and_wait(uint64_t nanoseconds) noexcept {
    if (ballast_.weighs()) ballast_.carry(::io_uring_sq_ready(&ring_));
    if (nanoseconds == kForever) {
      ::io_uring_submit_and_wait(&ring_, 1);
    } else {
      wait(nanoseconds);
    }
  }
  std::optional<Done> done() noexcept {
    if (::io_uring_cq_ready(&ring_) == 0) return std::nullopt;
    const io_uring_cqe& entry = ring_.cq.cqes[*ring_.cq.khead & ring_.cq.ring_mask];
    const Done done{.slot = static_cast<unsigned>(entry.user_data), .good = entry.res == static_cast<int>(block_)};
    ::io_uring_cq_advance(&ring_, 1);
    return done;
  }

 protected:
  io_uring& ring() noexcept { return ring_; }

 private:
  static constexpr uint64_t kSecond = 1'000'000'000;

  void fill_memory(const Order& order);
  void fill_entries() noexcept;
  void register_resources(int file);
  void wait(uint64_t nanoseconds) noexcept;

  bool writes_;
  unsigned block_;
  Blocks blocks_;
  Ballast ballast_;
  base::Mapping memory_;  // of all slots
  io_uring ring_{};
};

}  // namespace vireo::agent
