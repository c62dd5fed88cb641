#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "vfio/device_io.h"
#include "vmm/platform/interrupts.h"

namespace vireo::vfio {

// One vector as it is now.
struct VectorState {
  unsigned number = 0;
  std::optional<platform::Gsi> gsi;
  bool masked = true;      // by the guest, or not enabled
  bool pending = false;    // fired while masked
  bool connected = false;  // the host takes it
  bool attached = false;   // KVM delivers it
};

// The MSI or MSI-X vectors of a device: what the guest wants of each, and what host and KVM have been told.
// reconcile() moves applied to wanted, is idempotent, and does each thing in one call a batch.
// A masked vector keeps its eventfd at the device and loses its irqfd: what fires stays in the eventfd (pending), and
// KVM delivers it once when the irqfd is attached again.
// Where the kernel adds vectors one by one (VFIO_IRQ_INFO_NORESIZE is clear) the host allocates those only that the
// guest has unmasked; elsewhere the range is allocated at once. Thread: the owner locks.
class VectorSet {
 public:
  struct Shape {
    IrqIndex index = IrqIndex::kMsix;
    unsigned vectors = 0;    // at most what the device's irq info says
    bool resizable = false;  // IrqInfo::resizable
  };
  // Errors: SystemError (kHost) when file descriptors run out.
  VectorSet(DeviceIo& device, const Shape& shape, platform::InterruptRouter& router);
  ~VectorSet();
  VectorSet(const VectorSet&) = delete;
  VectorSet& operator=(const VectorSet&) = delete;

  unsigned size() const { return static_cast<unsigned>(vectors_.size()); }

  // Wanted: the first `count` vectors are enabled at the device; 0: none.
  void want_enabled(unsigned count) { wanted_enabled_ = count; }
  // Wanted: the vector delivers `message`, or (nothing) is masked.
  void want(unsigned vector, const std::optional<platform::MsiMessage>& message);
  void set_requester(uint32_t requester) { requester_ = requester; }

  // Make [first, first + count) and the enable state as wanted.
  void reconcile(unsigned first, unsigned count) noexcept;
  void reconcile() noexcept { reconcile(0, size()); }

  // Whether a masked vector has fired.
  bool pending(unsigned vector) const noexcept;
  VectorState state(unsigned vector) const noexcept;
  // Whether the host takes the vector's interrupt; what it does not take stays pending at the device.
  bool connected(unsigned vector) const noexcept { return vectors_[vector].connected; }

 private:
  struct Vector {
    base::EventFd event;
    std::optional<platform::MsiMessage> wanted;
    std::optional<platform::Gsi> gsi;
    bool attached = false;   // KVM listens to the event
    bool connected = false;  // the host signals the event
  };

  bool deliverable(unsigned vector) const noexcept;
  void apply_enable() noexcept;
  void disable() noexcept;
  void connect(unsigned first, unsigned last) noexcept;
  void connect_run(unsigned first, unsigned last) noexcept;
  void detach(Vector& vector) noexcept;
  struct Range {
    unsigned first;
    unsigned count;
  };
  void report(const char* action, const Range& range, int error) noexcept;

  DeviceIo& device_;
  IrqIndex index_;
  const bool resizable_;
  platform::InterruptRouter& router_;
  std::vector<Vector> vectors_;
  std::vector<const base::EventFd*> events_;  // of all vectors, for one SET_IRQS
  uint32_t requester_ = 0;
  unsigned wanted_enabled_ = 0;
  unsigned applied_enabled_ = 0;
  bool reported_ = false;
};

}  // namespace vireo::vfio
