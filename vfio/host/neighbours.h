#pragma once

#include <map>
#include <string>
#include <vector>

#include "vfio/host/facts.h"

// What is around a function on the host: for who wants to see where it is.
namespace vireo::host {

// Return what is above a function, from the outside: the root bus ("pci0000:00"), the bridges' addresses.
std::vector<std::string> way_to(const HostFacts& facts);

// Return the address of the bridge above a function; empty: it is on a root bus.
std::string parent_of(const HostFacts& facts);

// Add what read_facts() leaves empty: name and NUMA node.
void complete_facts(HostFacts& facts);

// Look at the bridges above these functions and the PFs of those that are VFs, complete, by address. What has gone
// meanwhile is left out.
std::map<std::string, HostFacts> read_neighbours(const std::vector<HostFacts>& functions, const HostRoot& root = {});

}  // namespace vireo::host
