#include "vmm/kvm/vfio_link.h"

namespace vireo::kvm {

VfioLink::VfioLink(const Vm& vm, const std::vector<int>& files) {
  if (files.empty()) return;
  kvm_create_device create{.type = KVM_DEV_TYPE_VFIO};
  base::ioctl(vm.fd(), kCreateDevice, create, "the VM (KVM_DEV_TYPE_VFIO)");
  device_ = base::Fd(static_cast<int>(create.fd));
  for (const int& file : files) {
    // KVM_DEV_VFIO_FILE since Linux 6.6 has the same numbers as KVM_DEV_VFIO_GROUP before.
    kvm_device_attr attribute{
        .group = KVM_DEV_VFIO_GROUP, .attr = KVM_DEV_VFIO_GROUP_ADD, .addr = reinterpret_cast<uint64_t>(&file)};
    base::ioctl(device_, kSetDeviceAttribute, attribute, "KVM's VFIO device");
  }
}

void VfioLink::remove(int file) noexcept {
  if (!device_) return;
  kvm_device_attr attribute{
      .group = KVM_DEV_VFIO_GROUP, .attr = KVM_DEV_VFIO_GROUP_DEL, .addr = reinterpret_cast<uint64_t>(&file)};
  base::try_ioctl(device_, kSetDeviceAttribute, attribute);
}

}  // namespace vireo::kvm
