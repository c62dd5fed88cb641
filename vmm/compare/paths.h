#pragma once

#include <string>

#include "vmm/compare/medium.h"
#include "vmm/compare/schedule.h"

namespace vireo::compare {

// The host's own kernel and modules, where a file names none.
GuestFiles find_guest_files(const config::CompareConfig& config);

// Write what a path's guest is made from, and return who measures on it.
// Errors: base::Error of what cannot be made; (kBootImage): there is no kernel for a guest.
Contender prepare_path(const std::string& name, const config::CompareConfig& config, const Medium& medium,
                       const GuestFiles& files, const StopSignal& stop);

}  // namespace vireo::compare
