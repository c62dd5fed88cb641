#pragma once

#include <vector>

#include "vmm/compare/agent/device.h"
#include "vmm/compare/agent/histogram.h"
#include "vmm/compare/agent/protocol.h"
#include "vmm/compare/agent/slots.h"

namespace vireo::agent {

// What closed and open loop share: the slots, and what is counted. From its making on nothing is allocated.
class Loop {
 public:
  virtual ~Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Begin operations until the order's window is over, and wait for all of them. Once.
  virtual void run() noexcept = 0;
  // What is left to do when the window is closed and no longer measured. Errors: base::Error: it is worth nothing.
  virtual void conclude() {}

  const Counts& counts() const { return counts_; }
  const Histogram& latency() const { return latency_; }

 protected:
  explicit Loop(const Order& order);

  // Count an operation that is done, and have its slot free. `within`: the window is not over.
  void count(const Done& done, uint64_t now, bool within) noexcept {
    slots_.give_back(done.slot);
    counts_.errors += !done.good;
    counts_.operations += done.good && within;
    if (done.good) latency_.add(now - from_[done.slot]);
  }

  uint64_t operations_;         // that end the window
  uint64_t nanoseconds_;        // likewise; of both, the most there is stands for none
  std::vector<uint64_t> from_;  // from when each counts, by slot
  Slots slots_;
  Counts counts_;
  Histogram latency_;
};

}  // namespace vireo::agent
