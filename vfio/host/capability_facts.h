#pragma once

#include <string_view>

#include "vfio/host/facts.h"

namespace vireo::host {

// Fill what the capabilities in a function's configuration space say: MSI, MSI-X, Express.
// `config`: sysfs's `config`; an unprivileged reader gets 64 bytes, which say nothing.
void add_capability_facts(std::string_view config, HostFacts& facts);

}  // namespace vireo::host
