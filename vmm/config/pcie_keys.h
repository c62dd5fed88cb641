#pragma once

#include "vmm/config/schema.h"

namespace vireo::config {

// Read one entry of `pcie:`: a root port, or a switch behind a root port of its own.
void read_pcie_entry(const Node& node, PcieConfig& pcie, Diagnostics& diagnostics);

// The schemas `pcie_entry`, `port`, `switch` and `device`.
std::string pcie_definitions();

// Names, host devices, and addresses on one bus may stand once; a port has one link.
void check_pcie(const PcieConfig& pcie, Diagnostics& diagnostics);

}  // namespace vireo::config
