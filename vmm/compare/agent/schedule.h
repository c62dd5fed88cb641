#pragma once

#include "vmm/compare/agent/random.h"

namespace vireo::agent {

// The moments at which an open loop begins its operations: apart by an exponential distribution, as the arrivals of
// many callers that do not know of each other are, and the same for every path. Units: nanoseconds since the window
// began.
class Schedule {
 public:
  // Precondition: rate > 0, operations a second.
  Schedule(uint64_t rate, uint64_t seed) : mean_(1e9 / static_cast<double>(rate)), random_(seed) {}

  uint64_t next() noexcept;

 private:
  double mean_;
  double moment_ = 0;
  Random random_;
};

}  // namespace vireo::agent
