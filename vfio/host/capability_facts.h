#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "vfio/host/facts.h"

namespace vireo::host {

// Return a configuration space, as a file of sysfs has it, for walk_capabilities() and load().
std::span<const uint8_t> bytes_of(std::string_view config);

// Return the little-endian value of `width` bytes (1, 2 or 4); what reaches past the end reads zero: a capability may
// begin where the space ends.
uint32_t load(std::span<const uint8_t> config, size_t offset, unsigned width);

// Fill what the capabilities in a function's configuration space say: MSI, MSI-X, Express.
// `config`: sysfs's `config`; an unprivileged reader gets 64 bytes, which say nothing.
void add_capability_facts(std::string_view config, HostFacts& facts);

}  // namespace vireo::host
