#pragma once

#include <string>
#include <vector>

#include "vfio/passthrough_function.h"
#include "vmm/plan.h"

namespace vireo {

// What `vireo show` shows of a running guest, as JSON: its devices and each of their interrupt vectors.
// Thread: any, while the functions live.
std::string guest_state_json(const Plan& plan, const std::vector<vfio::PassthroughFunction*>& functions);

}  // namespace vireo
