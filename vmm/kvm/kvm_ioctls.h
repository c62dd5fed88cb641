#pragma once

#include <linux/kvm.h>

#include "vmm/base/ioctl.h"
#include "vmm/kvm/array_abi.h"

// KVM's requests, each with its argument's type. Source: Linux Documentation/virt/kvm/api.rst.
namespace vireo::kvm {

using base::Ioctl;

#define VIREO_KVM_IOCTL(name, Argument, request) \
  inline constexpr Ioctl<Argument> name {        \
    request, #request                            \
  }

VIREO_KVM_IOCTL(kGetApiVersion, void, KVM_GET_API_VERSION);
VIREO_KVM_IOCTL(kCreateVm, void, KVM_CREATE_VM);
VIREO_KVM_IOCTL(kCheckExtension, void, KVM_CHECK_EXTENSION);
VIREO_KVM_IOCTL(kGetVcpuMmapSize, void, KVM_GET_VCPU_MMAP_SIZE);
VIREO_KVM_IOCTL(kSetTssAddress, void, KVM_SET_TSS_ADDR);
VIREO_KVM_IOCTL(kSetIdentityMapAddress, uint64_t, KVM_SET_IDENTITY_MAP_ADDR);
VIREO_KVM_IOCTL(kCreateIrqchip, void, KVM_CREATE_IRQCHIP);
VIREO_KVM_IOCTL(kCreatePit2, kvm_pit_config, KVM_CREATE_PIT2);
VIREO_KVM_IOCTL(kEnableCap, kvm_enable_cap, KVM_ENABLE_CAP);
VIREO_KVM_IOCTL(kSetMemoryRegion, kvm_userspace_memory_region, KVM_SET_USER_MEMORY_REGION);
VIREO_KVM_IOCTL(kIrqfd, kvm_irqfd, KVM_IRQFD);
VIREO_KVM_IOCTL(kIoeventfd, kvm_ioeventfd, KVM_IOEVENTFD);
VIREO_KVM_IOCTL(kIrqLine, kvm_irq_level, KVM_IRQ_LINE);
VIREO_KVM_IOCTL(kSignalMsi, kvm_msi, KVM_SIGNAL_MSI);
VIREO_KVM_IOCTL(kCreateDevice, kvm_create_device, KVM_CREATE_DEVICE);
VIREO_KVM_IOCTL(kSetDeviceAttribute, kvm_device_attr, KVM_SET_DEVICE_ATTR);
VIREO_KVM_IOCTL(kCreateVcpu, void, KVM_CREATE_VCPU);
VIREO_KVM_IOCTL(kGetSregs, kvm_sregs, KVM_GET_SREGS);
VIREO_KVM_IOCTL(kSetSregs, kvm_sregs, KVM_SET_SREGS);
VIREO_KVM_IOCTL(kGetRegs, kvm_regs, KVM_GET_REGS);
VIREO_KVM_IOCTL(kSetRegs, kvm_regs, KVM_SET_REGS);
VIREO_KVM_IOCTL(kGetLapic, kvm_lapic_state, KVM_GET_LAPIC);
VIREO_KVM_IOCTL(kSetLapic, kvm_lapic_state, KVM_SET_LAPIC);
VIREO_KVM_IOCTL(kSetupMce, uint64_t, KVM_X86_SETUP_MCE);
VIREO_KVM_IOCTL(kRun, void, KVM_RUN);

#undef VIREO_KVM_IOCTL

}  // namespace vireo::kvm
