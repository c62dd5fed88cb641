#pragma once

#include <cstdint>
#include <string_view>

namespace vireo::agent {

// Return how many interrupts of disks there were, by the text of /proc/interrupts: on all CPUs, of what is named after
// nvme or virtio. Source: Documentation/filesystems/proc.rst, 1.2.
uint64_t disk_interrupts(std::string_view text);

}  // namespace vireo::agent
