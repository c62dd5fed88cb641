#pragma once

#include <cstdint>
#include <string>
#include <vector>

// The kernel's pools of huge pages. Source: Documentation/admin-guide/mm/hugetlbpage.rst
namespace vireo::platform {

inline constexpr const char* kHugePageFolder = "/sys/kernel/mm/hugepages";

// The pages of one size.
struct HugePages {
  uint64_t page_size = 0;
  uint64_t total = 0;
  uint64_t free = 0;  // pages that nobody has reserved
};

// Return the name of a pool's folder: "hugepages-2048kB".
std::string pool_name(uint64_t page_size);

// Read the pools in kHugePageFolder, or in the like of a NUMA node, which has no count of what is reserved; the
// smallest pages first. Empty where there is no such folder.
std::vector<HugePages> read_huge_pages(const std::string& folder);

// Return that of one size, without pages where there is none.
HugePages pool_of(const std::vector<HugePages>& pools, uint64_t page_size);

// Return the command after which `needed` pages of a pool are free: those in use stay, or the pool would lose them.
// `folder`: where the pool's folder is.
std::string grow_command(const std::string& folder, const HugePages& pool, uint64_t needed);

}  // namespace vireo::platform
