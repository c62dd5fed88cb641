#pragma once

#include <string>
#include <vector>

#include "vmm/compare/analysis.h"

namespace vireo::compare {

// Say what was found in sentences: the important first, and no more than a person reads.
std::vector<std::string> findings(const Analysis& analysis);

// "0.31 of virtio-blk's (0.29 to 0.33)", "3.20 times vf's (3.03 to 3.45)"; without an interval: "0.31 of virtio-blk's
// (too few rounds for a verdict)".
std::string ratio_phrase(const Ratio& ratio, const std::string& whose);

}  // namespace vireo::compare
