#pragma once

#include "vmm/config/schema.h"

namespace vireo::config {

// Read `cloud_init:`.
void read_cloud_init(const Node& node, Config& config, Diagnostics& diagnostics);

// Plug the disk that it asks for into a root port of its own, behind those that the file has.
void plug_in_seed(Config& config);

// Its schema: a definition `cloud_init`.
std::string cloud_init_definition();

}  // namespace vireo::config
