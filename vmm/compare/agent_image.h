#pragma once

#include <cstdint>
#include <span>

namespace vireo::compare {

// Return the agent's file, an ELF executable that needs no other: the first process of a guest that measures.
std::span<const uint8_t> agent_image();

}  // namespace vireo::compare
