#pragma once

#include <cstdint>
#include <string_view>

namespace vireo::agent {

// Return how many interrupts by message a guest's devices sent, by the text of /proc/interrupts: on all CPUs, of all
// but PCIe ports. Source: Documentation/filesystems/proc.rst, 1.2.
uint64_t device_interrupts(std::string_view text);

}  // namespace vireo::agent
