#pragma once

#include <mutex>
#include <vector>

#include "iommu/dma_mapper.h"

namespace vireo::iommu {

// An I/O address space (IOAS) of iommufd, and VFIO's device files attached to it: one file a device, no groups.
// Source: Linux Documentation/userspace-api/iommufd.rst, Documentation/driver-api/vfio.rst ("VFIO Device cdev").
class Iommufd : public DmaMapper {
 public:
  // Errors: SystemError (kHost) when /dev/iommu is missing or may not be opened.
  Iommufd();

  base::Fd open_device(const DeviceToOpen& device) override;
  std::vector<base::IovaRange> usable_iova() const override;
  void map(base::Iova iova, base::HostAddress host, uint64_t size) override;
  void unmap(base::Iova iova, uint64_t size) noexcept override;
  std::vector<int> kvm_files() const override;
  std::vector<int> ownership_files() const override { return {}; }

 private:
  base::Fd iommu_;
  uint32_t address_space_ = 0;
  mutable std::mutex mutex_;
  std::vector<int> devices_;  // owned by who opened them
};

// Say what to do when the kernel refuses to bind a device: drivers/iommu/iommufd/device.c, drivers/vfio/vfio_main.c.
std::string bind_help(const std::string& address, int error_number);

}  // namespace vireo::iommu
