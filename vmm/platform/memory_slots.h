#pragma once

#include <cstdint>

#include "vmm/base/address.h"
#include "vmm/base/event_fd.h"

namespace vireo::platform {

// Guest-physical ranges backed by host memory without exits, and stores that only signal (ioeventfd).
// The real one is vmm/kvm's Vm; tests have a fake that records.
// Thread: any. false = the host refused (already logged): the range stays absent.
class MemorySlots {
 public:
  virtual ~MemorySlots() = default;

  // Units: bytes; all of it page-aligned. The range must not overlap another slot.
  virtual bool map(base::GuestAddress start, base::HostAddress host, uint64_t size, bool read_only) noexcept = 0;
  // Remove the slot that starts there; no effect when there is none.
  virtual void unmap(base::GuestAddress start) noexcept = 0;

  struct Doorbell {
    uint64_t address = 0;  // guest physical, or an I/O port
    uint32_t width = 0;    // bytes; 0: any
    bool match = false;    // only stores of `value`
    uint64_t value = 0;
    bool port = false;
  };
  // A store there signals `event` and does nothing else.
  virtual bool add_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept = 0;
  virtual void remove_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept = 0;
};

}  // namespace vireo::platform
