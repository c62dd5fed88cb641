#pragma once

#include <string>

#include "vmm/compare/schedule.h"
#include "vmm/config/compare_config.h"

namespace vireo::compare {

struct ComparisonSettings {
  config::CompareConfig config;
  bool destructive = false;  // the medium may be written
  std::string version;       // vireo's
  Watcher watcher;
};

// Prepare the paths of a file, measure on them by turns, and give everything back.
// Errors: base::Error: there is no medium, it is in use, or is not to be written; no kernel for the guests. A path that
// fails is no error: its result says why.
Comparison run_comparison(const ComparisonSettings& settings);

}  // namespace vireo::compare
