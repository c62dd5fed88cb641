#pragma once

#include <string>

#include "vfio/host/facts.h"

// What vireo remembers while the machine is up, in /run/vireo: one lock a device, one journal a claim.
namespace vireo::host {

std::string device_lock_folder(const HostRoot& root);
std::string device_lock_path(const HostRoot& root, const std::string& address);

// Whoever holds this lock may take device locks and look at the journals of the dead; see restore.cpp.
std::string state_lock_path(const HostRoot& root);

// Make the folders; only root may enter the two that have locks and journals.
// Errors: base::SystemError (kHost).
void make_state_folders(const HostRoot& root);

// Return whether this process may claim at all.
bool may_write_state(const HostRoot& root);

}  // namespace vireo::host
