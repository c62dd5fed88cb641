#pragma once

#include <string>

#include "vfio/host/facts.h"

// What vireo remembers while the machine is up, in /run/vireo: one lock a device, one journal a claim, and a
// record of each PF whose VFs commands have made.
namespace vireo::host {

std::string device_lock_folder(const HostRoot& root);
std::string device_lock_path(const HostRoot& root, const std::string& address);

std::string vf_record_folder(const HostRoot& root);
// What `vireo host vf` did to a PF and its VFs.
std::string vf_record_path(const HostRoot& root, const std::string& physical_function);

// Whoever holds this lock may take device locks and look at the journals of the dead; see restore.cpp.
std::string state_lock_path(const HostRoot& root);

// Make the folders; only root may enter those below /run/vireo.
// Errors: base::SystemError (kHost).
void make_state_folders(const HostRoot& root);

// Return whether this process may claim at all.
bool may_write_state(const HostRoot& root);

}  // namespace vireo::host
