#pragma once

#include "vfio/vector_set.h"
#include "vmm/base/log.h"
#include "vmm/platform/interrupts.h"

namespace vireo::vfio {

// A function's INTx, joined to its line in the guest without user code: the host masks it and signals `fired`, KVM
// raises the line until the guest's end of interrupt and then signals `ended`, on which the host unmasks it. If the
// device still asks it fires again. Functions may share a line: KVM lowers it for all and asks all again.
// Source: linux/vfio.h (VFIO_IRQ_INFO_AUTOMASKED), Documentation/virt/kvm/api.rst 4.75 (KVM_IRQFD_FLAG_RESAMPLE).
// Thread: the owner locks.
class IntxLine {
 public:
  // Errors: SystemError (kHost) when file descriptors run out.
  IntxLine(DeviceIo& device, platform::Gsi gsi, platform::InterruptRouter& router)
      : device_(device), gsi_(gsi), router_(router) {}
  ~IntxLine() { disconnect(); }
  IntxLine(const IntxLine&) = delete;
  IntxLine& operator=(const IntxLine&) = delete;

  // Idempotent. A refusal of the host's is reported once; the line then stays silent until it was disconnected.
  void connect() noexcept;
  void disconnect() noexcept;

  VectorState state() const {
    return {.number = 0, .gsi = gsi_, .masked = !connected_, .connected = connected_, .attached = connected_};
  }

 private:
  DeviceIo& device_;
  platform::Gsi gsi_;
  platform::InterruptRouter& router_;
  base::EventFd fired_;
  base::EventFd ended_;
  bool connected_ = false;
  bool refused_ = false;
  base::FirstTime failed_;
};

}  // namespace vireo::vfio
