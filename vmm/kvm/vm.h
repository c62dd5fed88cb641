#pragma once

#include <array>
#include <map>
#include <mutex>
#include <vector>

#include "vmm/base/log.h"
#include "vmm/kvm/kvm_ioctls.h"
#include "vmm/platform/guest_memory.h"
#include "vmm/platform/memory_slots.h"

namespace vireo::kvm {

// /dev/kvm: checked for what vireo needs.
class System {
 public:
  // Errors: base::Error (kHost) naming what is missing and the remedy.
  System();

  const base::Fd& fd() const { return fd_; }
  std::vector<kvm_cpuid_entry2> supported_cpuid() const;
  uint64_t vcpu_mapping_size() const;

 private:
  base::Fd fd_;
};

// A virtual machine: in-kernel interrupt controllers and timer, memory slots, doorbells.
class Vm final : public platform::MemorySlots {
 public:
  // Errors: SystemError (kHost).
  explicit Vm(const System& system);

  const base::Fd& fd() const { return fd_; }

  // Make a slot of each RAM region.
  // Errors: base::Error (kHost).
  void add_ram(const platform::GuestMemory& memory);

  bool map(base::GuestAddress start, base::HostAddress host, uint64_t size, bool read_only) noexcept override;
  void unmap(base::GuestAddress start) noexcept override;
  bool add_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept override;
  void remove_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept override;

 private:
  bool set_doorbell(const Doorbell& doorbell, const base::EventFd& event, uint32_t flags) noexcept;
  uint32_t free_slot() const;

  base::Fd fd_;
  std::mutex mutex_;
  std::map<base::GuestAddress, uint32_t> slots_;
  base::FirstTime slot_refused_;
  base::FirstTime doorbell_refused_;
};

}  // namespace vireo::kvm
