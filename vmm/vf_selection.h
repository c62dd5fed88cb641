#pragma once

#include <vector>

#include "vfio/host/claim.h"
#include "vmm/config/config.h"
#include "vmm/plan.h"

namespace vireo {

host::VfRequest vf_request(const config::VfConfig& vf);

// Give each device of the file that is `vf:` the address of a VF: made, held to what the file says, and locked.
// Errors: base::Error (kDevice, kHost), with the place in the file.
void take_vfs(config::Config& config, host::Claim& claim);

// What take_vfs() would meet, without changing the host.
struct ForeseenVfs {
  std::vector<Conflict> conflicts;
  std::vector<std::string> remarks;  // of devices that are taken out of the file, because their VF is yet to be made
};
ForeseenVfs foresee_vfs(config::Config& config);

}  // namespace vireo
