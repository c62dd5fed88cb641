#pragma once

#include <functional>
#include <vector>

#include "vmm/compare/analysis.h"
#include "vmm/compare/rounds.h"

namespace vireo::compare {

// A number that rounds of a workload have: which of a case's values it becomes.
struct Measure {
  const char* name;
  Value CaseAnalysis::*value;
  std::function<double(const Rounds&, const Weights&)> of;
};
const std::vector<Measure>& measures();

// How it is written for people: a time, or a rate.
std::string value_text(const Measure& measure, double value);

}  // namespace vireo::compare
