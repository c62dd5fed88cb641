#pragma once

#include <mutex>
#include <vector>

#include "vmm/base/log.h"
#include "vmm/kvm/vm.h"
#include "vmm/platform/interrupts.h"

namespace vireo::kvm {

// The VM's interrupt routes: pins of PIC and IOAPIC, and messages from a pool of GSIs. One KVM_SET_GSI_ROUTING a
// commit, and only when something changed. Source: Documentation/virt/kvm/api.rst 4.52, 4.75.
class IrqRoutes final : public platform::InterruptRouter {
 public:
  // Errors: SystemError (kHost).
  explicit IrqRoutes(const Vm& vm);

  std::optional<platform::Gsi> allocate_msi() noexcept override;
  void release_msi(platform::Gsi gsi) noexcept override;
  void set_msi(platform::Gsi gsi, const platform::MsiMessage& message, uint32_t device_id) noexcept override;
  bool commit() noexcept override;
  bool attach(platform::Gsi gsi, const base::EventFd& event, const base::EventFd* resample) noexcept override;
  void detach(platform::Gsi gsi, const base::EventFd& event) noexcept override;
  void set_line(platform::Gsi gsi, bool level) noexcept override;
  void send_msi(const platform::MsiMessage& message, uint32_t device_id) noexcept override;

 private:
  // What a GSI of the pool carries.
  struct Message {
    bool allocated = false;
    bool routed = false;
    platform::MsiMessage message;
    uint32_t device_id = 0;
  };

  int write_routes() noexcept;

  const Vm& vm_;
  std::mutex mutex_;
  std::vector<Message> messages_;            // [i] is GSI kFirstMsiGsi + i
  size_t all_allocated_below_ = 0;           // so that a search looks at no entry twice
  IoctlArray<kvm_irq_routing_entry> table_;  // kept to save the allocation
  size_t pin_entries_ = 0;
  bool changed_ = false;
  base::FirstTime routes_used_up_;
  base::FirstTime routes_refused_;
  base::FirstTime irqfd_refused_;
};

}  // namespace vireo::kvm
