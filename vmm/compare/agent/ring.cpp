#include "vmm/compare/agent/ring.h"

#include <time.h>

#include <array>
#include <cstring>
#include <utility>

namespace vireo::agent {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

// From the newest kernels' to the oldest's: completions are collected when we ask, by the one thread that submits.
constexpr std::array kSetups{unsigned{IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN},
                             unsigned{IORING_SETUP_COOP_TASKRUN}, 0u};

void require(int result, const char* what) {
  if (result < 0) throw base::SystemError(base::ExitCode::kHost, what, -result);
}

// Linux 5.11 has waits with a time limit.
void create(unsigned entries, io_uring& ring) {
  int result = -EINVAL;
  for (size_t i = 0; i < kSetups.size() && result == -EINVAL; ++i)
    result = ::io_uring_queue_init(entries, &ring, kSetups[i]);
  require(result, "io_uring_setup");
  if ((ring.features & IORING_FEAT_EXT_ARG) != 0) return;
  ::io_uring_queue_exit(&ring);
  require(-EOPNOTSUPP, "io_uring with a time limit for waits");
}

}  // namespace

Ring::Ring(const Order& order, int file)
    : writes_(order.operation == Operation::kWrite),
      block_(static_cast<unsigned>(order.block)),
      blocks_(order),
      ballast_(order),
      memory_({.size = order.block * order.depth, .flags = MAP_PRIVATE | MAP_ANONYMOUS}, "memory for operations") {
  fill_memory(order);
  create(order.depth, ring_);
  try {
    register_resources(file);
  } catch (...) {
    ::io_uring_queue_exit(&ring_);
    throw;
  }
}

// What is written: nothing that a disk could make less of.
void Ring::fill_memory(const Order& order) {
  Random random(order.seed);
  for (uint64_t at = 0; writes_ && at < memory_.size(); at += sizeof(uint64_t)) {
    const uint64_t word = random.next();
    std::memcpy(memory_.data() + at, &word, sizeof word);
  }
}

void Ring::register_resources(int file) {
  const iovec buffer{.iov_base = memory_.data(), .iov_len = memory_.size()};
  require(::io_uring_register_files(&ring_, &file, 1), "io_uring_register_files");
  require(::io_uring_register_buffers(&ring_, &buffer, 1), "io_uring_register_buffers");
  ::io_uring_register_ring_fd(&ring_);  // since Linux 5.18; without it, all is as well but slower
}

uint64_t Ring::now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
}

// There is room: the ring has as many entries as there are slots.
void Ring::prepare(unsigned slot) noexcept {
  io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
  uint8_t* memory = memory_.data() + uint64_t{slot} * block_;
  const uint64_t offset = blocks_.next();
  if (writes_) {
    std::memcpy(memory, &offset, sizeof offset);  // each block says where it belongs
    ::io_uring_prep_write_fixed(entry, 0, memory, block_, offset, 0);
  } else {
    ::io_uring_prep_read_fixed(entry, 0, memory, block_, offset, 0);
  }
  entry->flags = IOSQE_FIXED_FILE;
  entry->user_data = slot;
  ++prepared_;
}

void Ring::submit() noexcept {
  carry_ballast();
  ::io_uring_submit(&ring_);
}

void Ring::submit_and_wait(uint64_t nanoseconds) noexcept {
  carry_ballast();
  if (nanoseconds == kForever) {
    ::io_uring_submit_and_wait(&ring_, 1);
    return;
  }
  __kernel_timespec limit{.tv_sec = static_cast<int64_t>(nanoseconds / kSecond),
                          .tv_nsec = static_cast<int64_t>(nanoseconds % kSecond)};
  io_uring_cqe* first = nullptr;
  ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
}

std::optional<Device::Done> Ring::done() noexcept {
  if (::io_uring_cq_ready(&ring_) == 0) return std::nullopt;
  const io_uring_cqe& entry = ring_.cq.cqes[*ring_.cq.khead & ring_.cq.ring_mask];
  const Done done{.slot = static_cast<unsigned>(entry.user_data), .good = entry.res == static_cast<int>(block_)};
  ::io_uring_cq_advance(&ring_, 1);
  return done;
}

void Ring::carry_ballast() noexcept {
  ballast_.carry(std::exchange(prepared_, 0));
}

}  // namespace vireo::agent
