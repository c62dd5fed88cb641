#pragma once

#include <string>
#include <vector>

#include "vfio/host/doctor/finding.h"
#include "vmm/base/error.h"

namespace vireo {

std::string findings_text(const std::vector<host::Finding>& findings);
std::string findings_json(const std::vector<host::Finding>& findings);

// Return the exit code of the gravest finding.
base::ExitCode exit_code(const std::vector<host::Finding>& findings);

}  // namespace vireo
