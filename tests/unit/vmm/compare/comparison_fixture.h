#pragma once

#include "vmm/compare/result.h"

// A comparison as the lab could have made it: 4 paths, 3 depths and 3 loads, 5 rounds. No random numbers and no
// floating point: the same on each machine.
namespace vireo::compare {

// Return one window whose median is `median` and whose slowest operation takes 8 times that.
Window make_window(unsigned round, uint64_t median);

// What a path does for an operation.
struct PathLaw {
  PathKind kind = PathKind::kHost;
  uint64_t median = 60'000;  // at depth 1
  uint64_t user_exits = 0;   // of a hundred operations
  uint64_t cpu = 10'000;     // of the guest, in nanoseconds
};
PathResult make_path(const std::string& name, const PathLaw& law);

// "host", "vf", "virtio-blk", "nvme".
Comparison make_comparison();

}  // namespace vireo::compare
