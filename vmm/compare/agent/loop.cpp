#include "vmm/compare/agent/loop.h"

namespace vireo::agent {

Loop::Loop(const Order& order, Device& device)
    : device_(device),
      operations_(order.operations == 0 ? ~uint64_t{0} : order.operations),
      nanoseconds_(order.nanoseconds == 0 ? kForever : order.nanoseconds),
      from_(order.depth) {
  for (unsigned slot = 0; slot < order.depth; ++slot) free_.push_back(slot);
  latency_.reserve();
}

void Loop::count(const Device::Done& done, uint64_t now, bool within) noexcept {
  free_.push_back(done.slot);
  if (!done.good) {
    ++counts_.errors;
    return;
  }
  latency_.add(now - from_[done.slot]);
  if (within) ++counts_.operations;
}

}  // namespace vireo::agent
