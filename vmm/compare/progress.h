#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "vmm/compare/schedule.h"

namespace vireo::compare {

// Tells how far a comparison has come: one line that changes on a terminal, elsewhere a line where a round begins.
class Progress {
 public:
  explicit Progress(std::FILE* out);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const Step& step);

 private:
  std::FILE* out_;
  bool terminal_;
  std::chrono::steady_clock::time_point begin_;  // of measuring
  std::string stage_;
};

// Return "12 of 90, round 2 of 5: vf, depth 4; 3 min left". Nothing is said of the time before anything was measured.
std::string progress_text(const Step& step, std::chrono::steady_clock::duration since);

}  // namespace vireo::compare
