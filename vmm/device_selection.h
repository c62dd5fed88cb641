#pragma once

#include <vector>

#include "vfio/host/claim.h"
#include "vmm/config/config.h"
#include "vmm/plan.h"

namespace vireo {

host::VfRequest vf_request(const config::VfConfig& vf);

// Give each device of the file that is not named by its address the one that it has today; VFs are made, held to what
// the file says, and locked. Errors: base::Error (kDevice, kHost), with the place in the file.
void select_devices(config::Config& config, host::Claim& claim);

// What select_devices() would meet, without changing the host.
struct Foreseen {
  std::vector<Conflict> conflicts;
  std::vector<std::string> remarks;  // of devices that are taken out of the file, because their VF is yet to be made
};
Foreseen foresee_devices(config::Config& config);

}  // namespace vireo
