#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vmm/base/address.h"
#include "vmm/base/fd.h"

namespace vireo::iommu {

// A device to open. `file`: an open file to use instead of opening one, -1: none. Type1: of its group; iommufd: its
// own. `vf_token`: what a VF and its PF, both VFIO's, show each other; empty: nothing.
struct DeviceToOpen {
  std::string address;
  int file = -1;
  std::string vf_token = {};
};

// One I/O address space that all devices of a guest share. Differences between the type1 container and iommufd end
// here: no one above asks which it is.
class DmaMapper {
 public:
  virtual ~DmaMapper() = default;

  // Open a device that is bound to a VFIO driver, putting it (its group) in this address space. The kernel resets the
  // device where it can: 100 ms and more. Thread: several at a time, for devices opened in parallel.
  // Errors: SystemError (kDevice), naming the request, the group's members that are in the way and the remedy.
  virtual base::Fd open_device(const DeviceToOpen& device) = 0;

  // The IOVA ranges that may be mapped, ascending; known after the first open_device().
  virtual std::vector<base::IovaRange> usable_iova() const = 0;

  // Map [iova, iova + size) to host memory, readable and writable for the devices, pinning it.
  // Errors: SystemError (kHost), saying which limit was met (memlock, entries, reserved range).
  virtual void map(base::Iova iova, base::HostAddress host, uint64_t size) = 0;
  // Undo one map() call exactly.
  virtual void unmap(base::Iova iova, uint64_t size) noexcept = 0;

  // What KVM wants to know of (KVM_DEV_VFIO_FILE_ADD / GROUP_ADD): group descriptors, or device descriptors.
  virtual std::vector<int> kvm_files() const = 0;
  // What proves to VFIO_DEVICE_PCI_HOT_RESET that the devices are ours: group descriptors; nothing where it knows.
  virtual std::vector<int> ownership_files() const = 0;
};

}  // namespace vireo::iommu
