#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "pci/config_space.h"
#include "pci/msix_table.h"
#include "vmm/base/event_fd.h"

namespace vireo::pci {

constexpr uint16_t kMsixCapabilitySize = 12;

// MSI-X of an emulated function: each vector is an eventfd, and whoever signals it fires the vector. It goes to the
// guest by its irqfd; while it is masked there is no irqfd, the eventfd keeps the signal as the pending bit, and KVM
// takes it when it gets the eventfd back. Source: PCIe 6.0 7.7.2; Linux virt/kvm/eventfd.c (a signal from before is not
// lost). Thread: raise() and event() any; the rest as PciFunction says.
class MsixInterrupts {
 public:
  struct Place {
    uint16_t capability = 0;  // where it stands in the configuration space
    unsigned bar = 0;
    uint32_t table = 0;    // in the BAR
    uint32_t pending = 0;  // the same
    unsigned vectors = 1;
    uint16_t requester = 0;  // bus << 8 | devfn
  };
  // Declares the capability's registers, but for the link to the next. Lifetime: `config` and `router` outlive this.
  // Errors: SystemError (kHost) when file descriptors run out.
  MsixInterrupts(ConfigSpace& config, const Place& place, platform::InterruptRouter& router);
  ~MsixInterrupts();
  MsixInterrupts(const MsixInterrupts&) = delete;
  MsixInterrupts& operator=(const MsixInterrupts&) = delete;

  unsigned vectors() const { return place_.vectors; }
  // The function's configuration space may have changed.
  void update() noexcept;
  // Offsets are from the table's, and the pending bits', start.
  void read_table(uint64_t offset, std::span<uint8_t> data) noexcept;
  void write_table(uint64_t offset, std::span<const uint8_t> data) noexcept;
  void read_pending(uint64_t offset, std::span<uint8_t> data) noexcept;
  void reset() noexcept;

  // Fire; no effect for a vector that is none. Return false, having done nothing, while MSI-X is off.
  bool raise(unsigned vector) noexcept;
  // What fires a vector while MSI-X is on. Precondition: vector < vectors().
  const base::EventFd& event(unsigned vector) const noexcept { return vectors_[vector].event; }

 private:
  struct Vector {
    base::EventFd event;
    std::optional<platform::Gsi> gsi;
    bool attached = false;
  };

  bool enabled() const noexcept;
  bool deliverable(unsigned vector) const noexcept;
  bool pending(unsigned vector) const noexcept;
  void apply(unsigned first, unsigned count) noexcept;
  void route(unsigned vector) noexcept;
  void attach(unsigned vector) noexcept;
  void disconnect() noexcept;

  ConfigSpace& config_;
  Place place_;
  platform::InterruptRouter& router_;
  std::mutex mutex_;
  std::atomic<uint32_t> control_ = 0;
  MsixTable table_;
  std::vector<Vector> vectors_;
};

}  // namespace vireo::pci
