// Any bytes as a VFIO info structure: the walk ends, within them.
#include "iommu/info_capabilities.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  uint32_t first = 0;
  std::memcpy(&first, data, sizeof first);
  for (const auto& capability : vireo::iommu::walk_info_capabilities({data, size}, first))
    if (capability.bytes.data() < data || capability.bytes.data() + capability.bytes.size() > data + size)
      __builtin_trap();
  return 0;
}
