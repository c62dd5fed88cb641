#pragma once

#include <memory>

#include "vmm/compare/agent/marks.h"
#include "vmm/compare/agent/work.h"

namespace vireo::agent {

// One order: warmed up when it is made, then measured. Between, nothing is left to be allocated or looked up.
class Window {
 public:
  // Errors: base::SystemError naming what the kernel refused.
  Window(const Order& order, std::unique_ptr<Work> work);

  // Measure. Once.
  void run();

  // What is left to do after it. Errors: base::Error.
  void conclude() { loop_->conclude(); }

  Counts counts() const;
  const Histogram& latency() const { return loop_->latency(); }

 private:
  void warm_up(Order order);

  std::unique_ptr<Work> work_;
  Marks marks_;
  std::unique_ptr<Loop> loop_;
  uint64_t own_ = 0;   // as Work's
  uint64_t user_ = 0;  // nanoseconds of CPU time
  uint64_t system_ = 0;
};

}  // namespace vireo::agent
