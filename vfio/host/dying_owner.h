#pragma once

#include <string>

#include "vfio/host/facts.h"

namespace vireo::host {

// Wait until the owner of a journal has ended, if it is ending: its locks go one after the other, with its VFIO
// devices' resets between them, so for a moment it holds some and not others. One that goes on is not waited for.
void await_dying_owner(const std::string& journal_path, const HostRoot& root);

}  // namespace vireo::host
