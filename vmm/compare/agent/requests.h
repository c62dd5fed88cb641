#pragma once

#include <liburing.h>
#include <time.h>

#include <cstring>

#include "vmm/base/mapping.h"
#include "vmm/compare/agent/blocks.h"
#include "vmm/compare/agent/device.h"

namespace vireo::agent {

// What both rings share: requests that are written and completions that are read, in the two queues of an io_uring,
// whoever is at their other end. Source: io_uring(7).
class Requests {
 public:
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

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
  std::optional<Done> done() noexcept {
    if (::io_uring_cq_ready(&ring_) == 0) return std::nullopt;
    const io_uring_cqe& entry = ring_.cq.cqes[*ring_.cq.khead & ring_.cq.ring_mask];
    const Done done{.slot = static_cast<unsigned>(entry.user_data), .good = entry.res == static_cast<int>(block_)};
    ::io_uring_cq_advance(&ring_, 1);
    return done;
  }

 protected:
  static constexpr uint64_t kSecond = 1'000'000'000;

  // Errors: SystemError: no memory for so many blocks.
  explicit Requests(const Order& order);
  ~Requests() = default;

  // Once the queues are there.
  void fill_entries() noexcept;
  const base::Mapping& memory() const noexcept { return memory_; }
  io_uring& ring() noexcept { return ring_; }
  unsigned block() const noexcept { return block_; }

 private:
  void fill_memory(const Order& order);

  bool writes_;
  unsigned block_;
  Blocks blocks_;
  base::Mapping memory_;  // of all slots
  io_uring ring_{};
};

}  // namespace vireo::agent
