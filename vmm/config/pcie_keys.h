#pragma once

#include "vmm/config/schema.h"

namespace vireo::config {

// Read one entry of `pcie:`: a root port, or a switch behind a root port of its own.
void read_pcie_entry(const Node& node, PcieConfig& pcie, Diagnostics& diagnostics);
std::string pcie_entry_schema();

// Names of ports and host devices may stand once.
void check_unique(const PcieConfig& pcie, Diagnostics& diagnostics);

}  // namespace vireo::config
