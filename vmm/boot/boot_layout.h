#pragma once

#include <array>

#include "vmm/platform/memory_map.h"

// Where the loaders put what the first vCPU needs, all in the guest's lowest memory, which the kernel may reuse.
namespace vireo::boot {

struct LayoutArea {
  uint64_t start;
  uint64_t size;
};

constexpr LayoutArea kGdtArea{0x500, 0x100};              // after the real-mode interrupt table and BIOS data area
constexpr LayoutArea kPvhStartInfoArea{0x6000, 0x1000};   // hvm_start_info, its module list, its memory map
constexpr LayoutArea kZeroPageArea{0x7000, 0x1000};       // struct boot_params
constexpr LayoutArea kPageTableArea{0x9000, 0x6000};      // one PML4, one PDPT, four page directories: 4 GiB
constexpr LayoutArea kCommandLineArea{0x20000, 0x10000};  // with its NUL

constexpr std::array kBootAreas{kGdtArea, kPvhStartInfoArea, kZeroPageArea, kPageTableArea, kCommandLineArea};

constexpr bool ascending_without_overlap() {
  uint64_t end = 0;
  for (const LayoutArea& area : kBootAreas) {
    if (area.start < end) return false;
    end = area.start + area.size;
  }
  return end <= platform::kEbdaStart.value();
}
static_assert(ascending_without_overlap());
static_assert(base::is_aligned(kPageTableArea.start, base::kPageSize));

}  // namespace vireo::boot
