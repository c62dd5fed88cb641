#pragma once

#include "vmm/config/schema.h"

namespace vireo::config {

// Read what stands at `vfio:`: an address, ${NAME} for one in the environment, or what the device is known by.
void read_vfio(const Node& node, DeviceConfig& device, Diagnostics& diagnostics);
// Read `expect:`.
void read_expect(const Node& node, DeviceConfig& device, Diagnostics& diagnostics);

inline constexpr const char* kVfioSchema =
    R"("oneOf":[{"type":"string","pattern":"^([0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F][.][0-7]$"},)"
    R"({"type":"string","pattern":"^[$][{].+[}]$"},{"$ref":"#/$defs/match"}])";
inline constexpr const char* kExpectSchema = R"("$ref":"#/$defs/expect")";

// The schemas `match` and `expect`.
std::string match_definitions();

}  // namespace vireo::config
