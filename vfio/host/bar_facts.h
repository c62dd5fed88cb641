#pragma once

#include <string>
#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

// The BARs and the expansion ROM of the function whose sysfs folder this is, from its `resource`.
// A VF's has the VF's own share of its PF's VF BARs: the header's BARs are zero (PCIe 6.0 9.3.4.1.11).
std::vector<BarFacts> read_bars(const std::string& folder);

}  // namespace vireo::host
