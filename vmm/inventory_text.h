#pragma once

#include <string>
#include <vector>

#include "vfio/host/inventory.h"

namespace vireo {

// The host's functions for a person. `tree`: below the bridges that they are behind.
std::string inventory_text(const std::vector<host::InventoryEntry>& entries, bool tree);

// The same for programs.
std::string inventory_json(const std::vector<host::InventoryEntry>& entries);

}  // namespace vireo
