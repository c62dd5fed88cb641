#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vmm/compare/result.h"
#include "vmm/compare/statistics.h"

// Numbers and names of a comparison as people read them.
namespace vireo::compare {

// "depth 4", or "60 % load".
std::string workload_text(const Workload& workload);
// "passthrough", "virtio", "emulated", "host": also what JSON keeps.
std::string_view kind_text(PathKind kind);

// Three digits: "85 ns", "62.1 us", "12.3 ms", "1.20 s".
// Units: nanoseconds.
std::string duration_text(double nanoseconds);
// The same of a difference, with its sign.
std::string change_text(double nanoseconds);
// Operations a second: "870", "15.4 k".
std::string rate_text(double rate);
// Three digits: "0.31", "1.92", "12.3", "196".
std::string ratio_text(double ratio);
// "0.31 (0.29..0.33)"; with " =" where no difference was found, " ?" after a ratio of too few rounds, "-" for none.
std::string ratio_cell(const std::optional<Ratio>& ratio);
// How often something happens for an operation: "1.02"; what is rare but not never: "<0.01".
std::string per_operation_text(double count);
// "96 %".
std::string percent_text(double share);
// "0.52 %", "12 %".
std::string share_text(double share);
// How a floor was found.
std::string floor_text(bool poll_queue);
// "1 round", "3 rounds".
std::string count_text(uint64_t count, std::string_view what);

// Return text from outside as a terminal may have it: one line without what would steer the terminal.
std::string printable(std::string_view text);

}  // namespace vireo::compare
