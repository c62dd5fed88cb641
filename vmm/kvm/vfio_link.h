#pragma once

#include <vector>

#include "vmm/kvm/vm.h"

namespace vireo::kvm {

// Tells KVM of the VFIO groups or devices in the guest (coherency of DMA, and drivers that need the VM).
// Source: Documentation/virt/kvm/devices/vfio.rst.
class VfioLink {
 public:
  // Errors: SystemError (kHost).
  VfioLink(const Vm& vm, const std::vector<int>& files);

  // Forget a file, which KVM keeps open otherwise. No effect where it is none of those that were told.
  void remove(int file) noexcept;

 private:
  base::Fd device_;
};

}  // namespace vireo::kvm
