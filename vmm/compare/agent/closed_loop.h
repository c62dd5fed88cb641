#pragma once

#include "vmm/compare/agent/loop.h"

namespace vireo::agent {

// One window in which `depth` operations are always under way: as soon as one is seen to be done, the next begins. Each
// counts from just before it is begun until it is seen to be done.
class ClosedLoop : public Loop {
 public:
  ClosedLoop(const Order& order, Device& device) : Loop(order, device) {}

  void run() noexcept override;

 private:
  void begin_free() noexcept;
  void collect(uint64_t now) noexcept;

  uint64_t started_ = 0;
  bool open_ = true;  // the window is not over
};

}  // namespace vireo::agent
