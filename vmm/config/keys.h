#pragma once

#include "vmm/config/schema.h"

// The tables of keys: one a mapping of the file.
namespace vireo::config {

const std::vector<Key<Config>>& config_keys();

}  // namespace vireo::config
