#pragma once

#include "vmm/config/schema.h"

namespace vireo::config {

inline constexpr const char* kCapabilitiesSchema = R"("type":"object","additionalProperties":{"enum":["hide","pass"]})";

// `capabilities: {msix: hide, 0x09: pass, ext_0x000b: hide}`: by name, or by id.
void read_capabilities(const Node& node, DeviceConfig& device, Diagnostics& diagnostics);

}  // namespace vireo::config
