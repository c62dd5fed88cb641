#pragma once

#include <string>
#include <vector>

#include "vfio/host/claim.h"
#include "vfio/host/file_lock.h"
#include "vfio/host/host_writer.h"

namespace vireo::host {

// Undo the journals of owners that are gone, the newest first.
// Precondition: the caller holds the state lock.
std::vector<Restored> restore_dead(const HostRoot& root, HostWriter& writer);

// The same, with what could not be undone in the log. Precondition: the same.
void mend_dead(const HostRoot& root, HostWriter& writer);

// Make the state folders, take the state lock, and mend what dead claims left.
// Errors: base::SystemError (kHost).
FileLock take_state(const HostRoot& root, HostWriter& writer);

}  // namespace vireo::host
