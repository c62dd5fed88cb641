#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vfio/host/doctor/finding.h"
#include "vfio/host/facts.h"
#include "vfio/host/host_writer.h"

namespace vireo::host {

// Look at all that stands between a host and a guest that owns its devices: `wanted`, or any. Changes nothing.
// Each subject has at least one finding. As root it sees more.
std::vector<Finding> examine(const std::vector<std::string>& wanted, const HostRoot& root = {});

// Whether a finding's `mend` is a command that the doctor may run for a person: it loads a module, sets a device's
// power or the number of huge pages, or restores what a dead vireo left. A reboot undoes each.
bool can_mend(const Finding& finding);

// Do what `mend` says. Precondition: can_mend().
// Errors: base::Error (kHost, kDevice).
void mend(const Finding& finding, const HostRoot& root = {}, HostWriter& writer = kernel_writer());

}  // namespace vireo::host
