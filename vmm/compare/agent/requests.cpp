#include "vmm/compare/agent/requests.h"

namespace vireo::agent {

Requests::Requests(const Order& order)
    : writes_(order.operation == Operation::kWrite),
      block_(static_cast<unsigned>(order.block)),
      blocks_(order),
      memory_({.size = order.block * order.depth, .flags = MAP_PRIVATE | MAP_ANONYMOUS}, "memory for operations") {
  fill_memory(order);
}

// What is written: nothing that a disk could make less of.
void Requests::fill_memory(const Order& order) {
  Random random(order.seed);
  for (uint64_t at = 0; writes_ && at < memory_.size(); at += sizeof(uint64_t)) {
    const uint64_t word = random.below(~uint64_t{0});
    std::memcpy(memory_.data() + at, &word, sizeof word);
  }
}

// What is the same in every request is written once: the kernel leaves it as it is. Source: io_uring_enter(2).
void Requests::fill_entries() noexcept {
  for (unsigned i = 0; i < ring_.sq.ring_entries; ++i) {
    io_uring_sqe& entry = ring_.sq.sqes[i];
    ::io_uring_prep_rw(writes_ ? IORING_OP_WRITE_FIXED : IORING_OP_READ_FIXED, &entry, 0, memory_.data(), block_, 0);
    entry.flags = IOSQE_FIXED_FILE;
    entry.buf_index = 0;
  }
}

}  // namespace vireo::agent
