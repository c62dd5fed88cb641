#pragma once

#include "vmm/compare/agent/loop.h"
#include "vmm/compare/agent/schedule.h"

namespace vireo::agent {

// One window in which operations begin at moments that do not depend on the path. Each counts from the moment at which
// it was to begin, also where it began later as every slot was busy: a stall is seen by all that had to wait for its
// end. What was due before the window was over by its time is still begun for another quarter of it; what even then was
// not is counted with what it has waited. Source: G. Tene, "How NOT to Measure Latency" (coordinated omission).
class OpenLoop : public Loop {
 public:
  // Precondition: order.rate > 0.
  OpenLoop(const Order& order, Device& device);

  void run() noexcept override;

 private:
  void draw() noexcept;
  bool begin_due(uint64_t now) noexcept;
  void collect(uint64_t now) noexcept;
  void sleep(uint64_t now) noexcept;
  void count_missed() noexcept;
  uint64_t since_start() noexcept { return device_.now() - started_; }

  Schedule schedule_;
  uint64_t patience_;        // nothing is begun as late. All of these: nanoseconds since the start
  uint64_t drawn_ = 0;       // operations
  uint64_t moment_ = 0;      // of the next; kForever: there is none
  uint64_t free_since_ = 0;  // since when not all slots are busy
  uint64_t last_done_ = 0;
  uint64_t started_ = 0;
};

}  // namespace vireo::agent
