#pragma once

#include <string>
#include <vector>

#include "vfio/host/claim.h"
#include "vfio/host/host_writer.h"

namespace vireo::host {

// Undo the journals of owners that are gone, the newest first.
// Precondition: the caller holds the state lock.
std::vector<Restored> restore_dead(const HostRoot& root, HostWriter& writer);

}  // namespace vireo::host
