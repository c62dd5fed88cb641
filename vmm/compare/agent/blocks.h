#pragma once

#include "vmm/compare/agent/protocol.h"
#include "vmm/compare/agent/random.h"

namespace vireo::agent {

// Draws the blocks of an order's range that are read or written: whole ones, counted from the range's first byte.
class Blocks {
 public:
  explicit Blocks(const Order& order)
      : first_(order.first), block_(order.block), count_(order.span / order.block), random_(order.seed) {}

  // Return where the next is on the medium.
  uint64_t next() noexcept { return first_ + random_.below(count_) * block_; }

 private:
  uint64_t first_;
  uint64_t block_;
  uint64_t count_;
  Random random_;
};

}  // namespace vireo::agent
