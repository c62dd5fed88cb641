#pragma once

#include <string>
#include <vector>

#include "vfio/host/vf_commands.h"

namespace vireo {

// PFs and what each of their VFs is held to, for a person.
std::string vfs_text(const std::vector<host::ListedPf>& listed);
// The same for programs; the keys are stable.
std::string vfs_json(const std::vector<host::ListedPf>& listed);

}  // namespace vireo
