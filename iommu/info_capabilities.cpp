#include "iommu/info_capabilities.h"

#include <linux/vfio.h>

namespace vireo::iommu {

std::vector<InfoCapability> walk_info_capabilities(std::span<const uint8_t> info, uint32_t first) {
  std::vector<InfoCapability> found;
  uint32_t previous = 0;
  // The kernel appends, so offsets ascend: a chain that does not is broken, and cannot loop.
  for (uint32_t at = first; at > previous && at % 4 == 0;) {
    const auto header = load<vfio_info_cap_header>(info, at);
    if (!header) break;
    const bool has_next = header->next > at && header->next <= info.size();
    const size_t end = has_next ? header->next : info.size();
    found.push_back({.id = header->id, .version = header->version, .bytes = info.subspan(at, end - at)});
    previous = at;
    at = header->next;
  }
  return found;
}

}  // namespace vireo::iommu
