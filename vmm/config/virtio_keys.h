#pragma once

#include "vmm/config/schema.h"

namespace vireo::config {

// Read what stands at `device:` when it says `virtio`.
VirtioConfig read_virtio_keys(const Node& node, Diagnostics& diagnostics);

// The schema `virtio`.
std::string virtio_definitions();

}  // namespace vireo::config
