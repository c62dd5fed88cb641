#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "pci/config_space.h"
#include "pci/msix_table.h"
#include "vmm/base/event_fd.h"

namespace vireo::pci {

constexpr uint16_t kMsixCapabilitySize = 12;

// MSI-X of an emulated function: a vector that fires goes to the guest by its irqfd; while it is masked, its pending
// bit is set, and it fires when it is unmasked. Source: PCIe 6.0 7.7.2. Thread: raise() any; the rest as PciFunction
// says.
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

  // Fire. No effect while MSI-X is off, or for a vector that is none.
  void raise(unsigned vector) noexcept;

 private:
  struct Vector {
    base::EventFd event;
    std::optional<platform::Gsi> gsi;
    bool pending = false;
  };

  bool enabled() const noexcept;
  bool deliverable(unsigned vector) const noexcept;
  void apply(unsigned first, unsigned count) noexcept;
  bool connect(unsigned vector) noexcept;
  void disconnect() noexcept;

  ConfigSpace& config_;
  Place place_;
  platform::InterruptRouter& router_;
  std::mutex mutex_;
  uint32_t control_ = 0;
  MsixTable table_;
  std::vector<Vector> vectors_;
};

}  // namespace vireo::pci
