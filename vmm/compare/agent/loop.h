#pragma once

#include <vector>

#include "vmm/compare/agent/device.h"
#include "vmm/compare/agent/histogram.h"
#include "vmm/compare/agent/protocol.h"

namespace vireo::agent {

// What closed and open loop share: the slots, and what is counted. From its making on nothing is allocated.
class Loop {
 public:
  virtual ~Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Begin operations until the order's window is over, and wait for all of them. Once.
  virtual void run() noexcept = 0;

  const Counts& counts() const { return counts_; }
  const Histogram& latency() const { return latency_; }

 protected:
  // Lifetime: of the device, longer than this.
  Loop(const Order& order, Device& device);

  // Count an operation that is done, and have its slot free. `within`: the window is not over.
  void count(const Device::Done& done, uint64_t now, bool within) noexcept;
  bool idle() const noexcept { return free_.size() == from_.size(); }

  Device& device_;
  uint64_t operations_;         // that end the window
  uint64_t nanoseconds_;        // likewise; of both, the most there is stands for none
  std::vector<uint64_t> from_;  // from when each counts, by slot
  std::vector<unsigned> free_;  // slots
  Counts counts_;
  Histogram latency_;
};

}  // namespace vireo::agent
