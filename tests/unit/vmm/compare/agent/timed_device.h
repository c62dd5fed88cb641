#pragma once

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "vmm/compare/agent/device.h"

namespace vireo::agent {

// A device in a time of its own, which only passes while it is waited: any number of operations at once, each of which
// takes as long. Units: nanoseconds.
class TimedDevice {
 public:
  struct Settings {
    uint64_t takes = 100;
    uint64_t stalls_at = kForever;  // nothing is done from then on
    uint64_t stall = 0;             // for so long
    uint64_t wakes_late = 0;        // after a wait's time is over
    size_t fails = ~size_t{0};      // this one does, counted from 0
    size_t is_slow = ~size_t{0};    // this one takes ten times as long
  };

  TimedDevice() : TimedDevice(Settings{}) {}
  explicit TimedDevice(const Settings& settings) : settings_(settings) {}

  uint64_t now() noexcept { return now_; }
  void prepare(unsigned slot) noexcept { prepared_.push_back(slot); }
  void submit() noexcept {
    for (const unsigned slot : prepared_) {
      under_way_.push_back({.slot = slot, .at = done_at(), .good = begun_.size() != settings_.fails});
      begun_.push_back(now_);
    }
    prepared_.clear();
    deepest_ = std::max(deepest_, under_way_.size());
  }
  void submit_and_wait(uint64_t nanoseconds) noexcept {
    submit();
    const auto next = std::ranges::min_element(under_way_, {}, &Operation::at);
    const uint64_t done = next == under_way_.end() ? kForever : next->at;
    const uint64_t over = nanoseconds == kForever ? kForever : now_ + nanoseconds + settings_.wakes_late;
    if (done == kForever && over == kForever) std::abort();
    now_ = std::max(now_, std::min(done, over));
  }
  std::optional<Done> done() noexcept {
    const auto found = std::ranges::find_if(under_way_, [&](const Operation& one) { return one.at <= now_; });
    if (found == under_way_.end()) return std::nullopt;
    const Done done{.slot = found->slot, .good = found->good};
    under_way_.erase(found);
    return done;
  }

  // When each was begun.
  const std::vector<uint64_t>& begun() const { return begun_; }
  size_t deepest() const { return deepest_; }
  size_t under_way() const { return under_way_.size(); }

 private:
  struct Operation {
    unsigned slot = 0;
    uint64_t at = 0;
    bool good = true;
  };
  uint64_t done_at() const {
    const uint64_t at = now_ + settings_.takes * (begun_.size() == settings_.is_slow ? 10 : 1);
    const bool stalled = at >= settings_.stalls_at && at - settings_.stalls_at < settings_.stall;
    return stalled ? settings_.stalls_at + settings_.stall : at;
  }

  Settings settings_;
  uint64_t now_ = 0;
  std::vector<unsigned> prepared_;
  std::vector<Operation> under_way_;
  std::vector<uint64_t> begun_;
  size_t deepest_ = 0;
};

}  // namespace vireo::agent
