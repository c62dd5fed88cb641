#pragma once

#include <vector>

#include "vmm/plan.h"

namespace vireo {

// Lay out `size` bytes of RAM: below 2 GiB, then from 4 GiB, around what no device can reach.
// `reserved`: IOVA ranges (= guest physical) that the IOMMU keeps. Units: bytes; `alignment` is the page size, at
// least 2 MiB.
std::vector<platform::RamRegion> lay_out_ram(uint64_t size, uint64_t alignment,
                                             const std::vector<base::IovaRange>& reserved);

// Whether disks' io_urings may pin the guest's memory: it is the guest's from the start anyway, nobody's limit of
// locked memory is used up by it, and the kernel's tables of it (16 bytes a page and queue) stay small. Source:
// io_uring_register_buffers(3); Linux io_uring/rsrc.c.
bool registers_memory(const Plan& plan);

// The first address above all RAM and 4 GiB.
uint64_t end_of_ram(const std::vector<platform::RamRegion>& ram);

}  // namespace vireo
