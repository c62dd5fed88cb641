#pragma once

#include "vmm/plan.h"

namespace vireo {

// Build plan.root_bus and plan.roles from the file: the q35's own functions, a root port each entry, switches with
// their ports, endpoints below. Conflicts of places go to plan.conflicts.
void plan_topology(Plan& plan);

// How many bits a guest-physical address has: as many as the host's, where it says so.
unsigned guest_address_bits(const host::MachineFacts& machine);

// Give addresses: windows from the space above RAM, then bus numbers, BARs and interrupt lines.
void plan_addresses(Plan& plan);

}  // namespace vireo
