#include "vmm/compare/agent/loop.h"

namespace vireo::agent {

Loop::Loop(const Order& order)
    : operations_(order.operations == 0 ? ~uint64_t{0} : order.operations),
      nanoseconds_(order.nanoseconds == 0 ? kForever : order.nanoseconds),
      from_(order.depth),
      slots_(order.depth) {
  latency_.reserve();
}

}  // namespace vireo::agent
