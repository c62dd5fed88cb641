#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vmm/compare/analysis.h"

// What is not as it was between two comparisons of the same work.
namespace vireo::compare {

enum class Verdict {
  kNone,        // it cannot be told: too few rounds, or of one window only
  kChanged,     // neither better nor worse: exits have other reasons
  kImproved,    //
  kRegression,  // surely more, by more than is let pass
};

// A number that changed by more than is let pass.
struct Change {
  std::string path;
  Workload workload;
  std::string measure;  // "p50", "exits", "CPU time"
  std::string reason;   // of a count: "CPUID"; of CPU time: what it was for
  double before = 0;    // counts and CPU time: for an operation
  double after = 0;
  std::optional<Ratio> ratio;  // after : before
  Verdict verdict = Verdict::kNone;
  std::string text;  // a sentence
};

struct Difference {
  std::vector<Change> changes;
  std::vector<std::string> failures;  // paths that no longer are measured: regressions too
  std::vector<std::string> warnings;  // what else is not the same
  bool regressed = false;
};

// Errors: base::Error where the two did not measure the same: another operation, size or workloads, or no path in
// common.
Difference difference(const Comparison& before, const Comparison& after);

std::string difference_text(const Difference& difference);
std::string difference_json(const Difference& difference);

std::string_view verdict_text(Verdict verdict);

}  // namespace vireo::compare
