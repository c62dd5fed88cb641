#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "iommu/dma_mapper.h"

namespace vireo::iommu {

// The VFIO type1 container (VFIO_TYPE1v2_IOMMU): one container for all groups of a guest.
// Source: Linux Documentation/driver-api/vfio.rst, include/uapi/linux/vfio.h.
class Type1Container : public DmaMapper {
 public:
  // Errors: base::Error (kHost) when /dev/vfio/vfio is missing or too old.
  Type1Container();
  ~Type1Container() override;

  base::Fd open_device(const DeviceToOpen& device) override;
  std::vector<base::IovaRange> usable_iova() const override;
  void map(base::Iova iova, base::HostAddress host, uint64_t size) override;
  void unmap(base::Iova iova, uint64_t size) noexcept override;
  std::vector<int> kvm_files() const override;
  std::vector<int> ownership_files() const override { return kvm_files(); }

 private:
  const base::Fd& open_group(const DeviceToOpen& device);

  base::Fd container_;
  mutable std::mutex mutex_;
  std::map<unsigned, base::Fd> groups_;
  std::vector<int> given_;  // of groups_, those that stay open elsewhere
  bool iommu_set_ = false;
};

}  // namespace vireo::iommu
