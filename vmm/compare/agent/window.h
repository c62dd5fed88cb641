#pragma once

#include <memory>

#include "vmm/compare/agent/loop.h"
#include "vmm/compare/agent/marks.h"
#include "vmm/compare/agent/ring.h"

namespace vireo::agent {

// One order: warmed up when it is made, then measured. Between, nothing is left to be allocated or looked up.
class Window {
 public:
  // Errors: base::SystemError naming what the kernel refused. Lifetime: of the file, longer than this.
  Window(const Order& order, int file);

  // Measure. Once.
  void run();

  Counts counts() const;
  const Histogram& latency() const { return loop_->latency(); }

 private:
  void warm_up(Order order);

  Ring ring_;
  Marks marks_;
  std::unique_ptr<Loop> loop_;
  uint64_t user_ = 0;  // nanoseconds of CPU time
  uint64_t system_ = 0;
};

}  // namespace vireo::agent
