#include "vmm/kvm/vm.h"

#include <algorithm>

#include "vmm/base/log.h"
#include "vmm/platform/memory_map.h"

namespace vireo::kvm {
namespace {

using base::Error;
using base::ExitCode;
using base::SystemError;

struct Need {
  unsigned long extension;
  const char* name;
};
// The newest of what vireo uses; the rest came before it.
constexpr std::array kNeeds{
    Need{KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
};

base::Fd open_kvm() {
  base::Fd fd(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (fd) return fd;
  const int error = errno;
  if (error == ENOENT)
    throw SystemError(ExitCode::kHost, "cannot open /dev/kvm", error,
                      "enable virtualization in the firmware set-up, then: modprobe kvm_amd (or kvm_intel)");
  throw SystemError(ExitCode::kHost, "cannot open /dev/kvm", error,
                    error == EACCES ? "join its group: usermod -aG kvm $USER, then log in again" : "");
}

}  // namespace

System::System() : fd_(open_kvm()) {
  if (base::ioctl(fd_, kGetApiVersion, 0, "/dev/kvm") != KVM_API_VERSION)
    throw Error(ExitCode::kHost, "/dev/kvm: API version is not 12", "use a Linux kernel of 4.20 or later");
  for (const Need& need : kNeeds)
    if (base::try_ioctl(fd_, kCheckExtension, need.extension) <= 0)
      throw Error(ExitCode::kHost, std::string("/dev/kvm: this kernel's KVM lacks ") + need.name,
                  "use a newer Linux kernel");
}

std::vector<kvm_cpuid_entry2> System::supported_cpuid() const {
  constexpr uint32_t kMaximum = 256;
  IoctlArray<kvm_cpuid_entry2> list(kMaximum);
  base::ioctl(fd_, kGetSupportedCpuid, list.header(), "/dev/kvm");
  return {list.entries(), list.entries() + list.header().count};
}

uint64_t System::vcpu_mapping_size() const {
  return static_cast<uint64_t>(base::ioctl(fd_, kGetVcpuMmapSize, 0, "/dev/kvm"));
}

Vm::Vm(const System& system) : fd_(base::ioctl(system.fd(), kCreateVm, 0, "/dev/kvm")) {
  uint64_t identity_map = platform::kKvmIdentityMap.value();
  base::ioctl(fd_, kSetIdentityMapAddress, identity_map, "the VM");
  base::ioctl(fd_, kSetTssAddress, platform::kKvmTss.value(), "the VM");
  base::ioctl(fd_, kCreateIrqchip, 0, "the VM");
  kvm_pit_config pit{.flags = KVM_PIT_SPEAKER_DUMMY};
  base::ioctl(fd_, kCreatePit2, pit, "the VM");
}

void Vm::add_ram(const platform::GuestMemory& memory) {
  for (const platform::RamRegion& region : memory.regions()) {
    const auto host = memory.host(region.range.start(), region.range.size());
    if (!host || !map(region.range.start(), *host, region.range.size(), false))
      throw Error(ExitCode::kHost, "KVM refused the guest's RAM", "give the guest less memory");
  }
}

uint32_t Vm::free_slot() const {
  uint32_t slot = 0;
  const auto used = [&](const auto& entry) { return entry.second == slot; };
  while (std::any_of(slots_.begin(), slots_.end(), used)) ++slot;
  return slot;
}

bool Vm::map(base::GuestAddress start, base::HostAddress host, uint64_t size, bool read_only) noexcept {
  const std::lock_guard lock(mutex_);
  kvm_userspace_memory_region region{.slot = free_slot(),
                                     .flags = read_only ? uint32_t{KVM_MEM_READONLY} : 0,
                                     .guest_phys_addr = start.value(),
                                     .memory_size = size,
                                     .userspace_addr = host.value()};
  if (const int error = base::try_ioctl(fd_, kSetMemoryRegion, region); error < 0) {
    if (slot_refused_())
      spdlog::error("KVM_SET_USER_MEMORY_REGION at {:#x}, {:#x} bytes: {}", start.value(), size,
                    base::errno_text(-error));
    return false;
  }
  slots_[start] = region.slot;
  return true;
}

void Vm::unmap(base::GuestAddress start) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(start);
  if (found == slots_.end()) return;
  kvm_userspace_memory_region region{.slot = found->second, .guest_phys_addr = start.value(), .memory_size = 0};
  base::try_ioctl(fd_, kSetMemoryRegion, region);
  slots_.erase(found);
}

bool Vm::set_doorbell(const Doorbell& doorbell, const base::EventFd& event, uint32_t flags) noexcept {
  if (doorbell.port) flags |= KVM_IOEVENTFD_FLAG_PIO;
  kvm_ioeventfd request{.datamatch = doorbell.value,
                        .addr = doorbell.address,
                        .len = doorbell.width,
                        .fd = event.get(),
                        .flags = flags | (doorbell.match ? uint32_t{KVM_IOEVENTFD_FLAG_DATAMATCH} : 0)};
  const int error = base::try_ioctl(fd_, kIoeventfd, request);
  // What was refused is taken away later all the same.
  if (error < 0 && (flags & KVM_IOEVENTFD_FLAG_DEASSIGN) == 0 && doorbell_refused_())
    spdlog::error("KVM_IOEVENTFD at {:#x}: {}", doorbell.address, base::errno_text(-error));
  return error >= 0;
}

bool Vm::add_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept {
  return set_doorbell(doorbell, event, 0);
}

void Vm::remove_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept {
  set_doorbell(doorbell, event, KVM_IOEVENTFD_FLAG_DEASSIGN);
}

}  // namespace vireo::kvm
