#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vmm/compare/session.h"

namespace vireo::compare {

// What is asked of every path.
struct ScheduleSettings {
  agent::Order order;            // that all windows share; depth, rate and seed are the schedule's
  std::vector<unsigned> depths;  // closed loop
  std::vector<unsigned> loads;   // open loop: percent of the most that the path did in the closed loops of round 1
  unsigned rounds = 5;
  bool count_events = true;
};

// A path and who measures on it.
struct Contender {
  PathResult result;       // name, kind, device
  bool exclusive = false;  // no other can be up beside it
  std::unique_ptr<Session> session;
};

// How far it has come, for who waits.
struct Step {
  unsigned done = 0;
  unsigned of = 0;
  std::string what;  // "round 2 of 5: vf, depth 4"
};
using Watcher = std::function<void(const Step&)>;

// Measure all paths, by turns: in each round every workload on every path, one after the other, so that what changes
// with time changes for all. Where one of them is exclusive each comes up for its turn of a round, and no other is up
// meanwhile. A path that fails is left out from then on, with its reason, and the others go on.
// Return whether it was cut short: what was measured until then is there. Sessions are stopped at the end.
bool measure(std::vector<Contender>& contenders, const ScheduleSettings& settings, const Watcher& watcher);

}  // namespace vireo::compare
