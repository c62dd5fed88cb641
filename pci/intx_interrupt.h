#pragma once

#include <functional>
#include <mutex>

#include "vmm/platform/event_loop.h"
#include "vmm/platform/interrupts.h"

namespace vireo::pci {

// INTx of an emulated function: a line that is up as long as the function has a reason. It goes to the guest by an
// irqfd; at the guest's end of interrupt KVM lowers the line and tells us, and it goes up again if there is a reason
// still. Functions may share a line. Source: PCI 3.0 2.2.6; Linux Documentation/virt/kvm/api.rst 4.75.
// Thread: any.
class IntxInterrupt {
 public:
  // `asserted` says whether there is a reason; it takes no lock of the function's. Lifetime: router and loop outlive
  // this. Errors: SystemError (kHost) when file descriptors run out.
  IntxInterrupt(platform::Gsi gsi, platform::InterruptRouter& router, platform::EventLoop& loop,
                std::function<bool()> asserted);
  ~IntxInterrupt() { allow(false); }
  IntxInterrupt(const IntxInterrupt&) = delete;
  IntxInterrupt& operator=(const IntxInterrupt&) = delete;

  // Whether the function may use its line now: COMMAND's bit, and no MSI-X. At first it may not.
  void allow(bool allowed) noexcept;
  // There is a new reason.
  void raise() noexcept;

 private:
  bool connect() noexcept;
  void ended() noexcept;

  platform::Gsi gsi_;
  platform::InterruptRouter& router_;
  platform::EventLoop& loop_;
  std::function<bool()> asserted_;
  base::EventFd fired_;
  base::EventFd ended_;
  std::mutex mutex_;
  bool allowed_ = false;
  bool connected_ = false;
};

}  // namespace vireo::pci
