#pragma once

#include <cstdint>
#include <span>

namespace vireo::compare {

// Return the program `vireo-agent`, as vireo has it in itself.
std::span<const uint8_t> agent_image();

}  // namespace vireo::compare
