#pragma once

#include "pci/bar.h"
#include "vmm/plan.h"

namespace vireo {

// Decide where the guest finds a device's MSI-X table. Return the BAR that `bars` gets for it, or nothing where it
// stays in the device's own. A wish that cannot be met is a conflict.
std::optional<unsigned> plan_msix_table(Plan& plan, const config::DeviceConfig& device, const host::HostFacts& facts,
                                        pci::Bars& bars);

}  // namespace vireo
