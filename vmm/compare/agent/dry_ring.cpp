#include "vmm/compare/agent/dry_ring.h"

#include <bit>

namespace vireo::agent {

DryRing::DryRing(const Order& order)
    : Requests(order), requests_(std::bit_ceil(order.depth)), completions_(requests_.size()) {
  const auto entries = static_cast<unsigned>(requests_.size());
  io_uring& queues = ring();
  queues.sq.sqes = requests_.data();
  queues.sq.ring_entries = entries;
  queues.sq.ring_mask = entries - 1;
  queues.cq.cqes = completions_.data();
  queues.cq.khead = &head_;
  queues.cq.ktail = &tail_;
  queues.cq.ring_entries = entries;
  queues.cq.ring_mask = entries - 1;
  fill_entries();
}

}  // namespace vireo::agent
