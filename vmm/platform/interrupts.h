#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "vmm/base/event_fd.h"

namespace vireo::platform {

// What an MSI store carries. Source: Intel SDM volume 3, 11.11 (address 0xfee....., data).
struct MsiMessage {
  uint64_t address = 0;
  uint32_t data = 0;
  auto operator<=>(const MsiMessage&) const = default;
};

using Gsi = uint32_t;

// KVM_MAX_IRQ_ROUTES of Linux's kvm_host.h; the pins of PIC and I/O APIC take up to kPinRoutes of them.
constexpr unsigned kMaxRoutes = 4096;
constexpr unsigned kPinRoutes = 40;

// Where in the guest a function's interrupts come from and go to.
struct InterruptPlace {
  uint16_t requester = 0;         // bus << 8 | devfn, for interrupt remapping
  std::array<Gsi, 4> lines = {};  // of INTA to INTD, swizzled by the bridges above. PCI-to-PCI bridge 1.2 9.1
};

// Interrupt routes and irqfds, owned by us. The real one is vmm/kvm's; tests have a fake that records.
// Changes of routes are staged and become real together at commit(): one KVM_SET_GSI_ROUTING a batch.
// Thread: any. Nothing here throws: a guest's store leads here. false = the host refused (already logged).
class InterruptRouter {
 public:
  virtual ~InterruptRouter() = default;

  // Reserve a GSI for a message route; nothing when all (4096) are used.
  virtual std::optional<Gsi> allocate_msi() noexcept = 0;
  // Drop the GSI and its route (staged). Its irqfd must be detached first.
  virtual void release_msi(Gsi gsi) noexcept = 0;
  // Stage: where the GSI's message goes. No effect when it goes there already.
  virtual void set_msi(Gsi gsi, const MsiMessage& message, uint32_t device_id) noexcept = 0;
  // Make what is staged real.
  virtual bool commit() noexcept = 0;

  // From now on a signal of `event` raises `gsi` without user code (irqfd). For a level-triggered line give
  // `resample`: the kernel lowers the line at the guest's end-of-interrupt and signals it.
  virtual bool attach(Gsi gsi, const base::EventFd& event, const base::EventFd* resample = nullptr) noexcept = 0;
  virtual void detach(Gsi gsi, const base::EventFd& event) noexcept = 0;

  // Raise or lower a pin (legacy devices).
  virtual void set_line(Gsi gsi, bool level) noexcept = 0;
  // Deliver a message once (emulated devices without an irqfd).
  virtual void send_msi(const MsiMessage& message, uint32_t device_id) noexcept = 0;
};

}  // namespace vireo::platform
