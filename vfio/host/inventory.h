#pragma once

#include <string>
#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

// A PCI function of the host's, and whether a guest can have it now.
struct InventoryEntry {
  HostFacts facts;                     // complete: neighbours.h
  std::string parent;                  // the bridge above it; empty: it is on a root bus
  std::string pci_path;                // its address without the buses' numbers: identity.h
  std::string holder;                  // the process that has it for a guest: "web1, pid 77"; empty: none
  std::vector<std::string> obstacles;  // why a guest cannot have it; empty: it can
};

// Look at all functions of the host, sorted by address. One that vanishes meanwhile is left out. Changes nothing.
std::vector<InventoryEntry> read_inventory(const HostRoot& root = {});

// Say why a guest cannot have a function, apart from its host's uses that claiming it ends anyway.
std::vector<std::string> find_obstacles(const HostFacts& facts, const std::string& holder);

}  // namespace vireo::host
