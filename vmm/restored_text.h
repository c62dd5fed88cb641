#pragma once

#include <string>
#include <vector>

#include "vfio/host/claim.h"

namespace vireo {

// What `vireo host restore` did, for a person and for programs.
std::string restored_text(const std::vector<host::Restored>& restored);
std::string restored_json(const std::vector<host::Restored>& restored);

}  // namespace vireo
