#pragma once

#include "pci/config_space.h"
#include "vmm/platform/interrupts.h"

namespace vireo::pci {

// What a port tells its drivers: events of its slot and, root ports, errors below it; all by its one MSI, sent when the
// first enabled event of a kind comes, and not again before the driver has cleared all of that kind.
// Source: PCIe 6.0 6.7.3.4 (slot), 6.2.4.1.2 (errors).
class PortEvents {
 public:
  // Where the capabilities are. `aer` is 0 where there is none.
  struct Layout {
    uint16_t msi;
    uint16_t express;
    uint16_t aer;
  };
  // No router: nothing is told. Lifetime: `config` and `router` outlive it.
  PortEvents(ConfigSpace& config, const Layout& layout, platform::InterruptRouter* router, uint16_t requester)
      : config_(config), at_(layout), router_(router), requester_(requester) {}

  // The slot's status gets `bits`.
  void add_slot_events(uint32_t bits) noexcept;
  // The port got an ERR_FATAL message from `source`. Return whether a driver wants to know.
  bool add_fatal_error(uint16_t source) noexcept;
  // The driver has changed what is enabled or pending.
  void update() noexcept;

 private:
  bool slot_asserted() const noexcept;
  bool error_asserted() const noexcept;
  void send() noexcept;

  ConfigSpace& config_;
  Layout at_;
  platform::InterruptRouter* router_;
  uint16_t requester_;
  bool slot_was_ = false;
  bool error_was_ = false;
};

}  // namespace vireo::pci
