#pragma once

#include "pci/capability_registers.h"
#include "pci/function.h"
#include "pci/topology.h"

namespace vireo::pci {

// State: a PCI Express port: root port, or a switch's upstream or downstream port.
// Features: type-1 header with 16-bit I/O, 32-bit memory and 64-bit prefetchable windows; Express, MSI, power
//   management, subsystem and ACS capabilities; ARI forwarding; secondary bus reset.
// Missing: hot-plug, AER, an interrupt that ever fires (issue 3).
// Source: PCIe 6.0 7.5.1.3, 7.5.3, 7.7.11.
class PciBridge : public PciFunction {
 public:
  struct Identity {
    PortType type = PortType::kRootPort;
    uint8_t port_number = 0;
    uint16_t slot_number = 0;  // 0 and an upstream port: no slot
    bool occupied = false;     // something is plugged in: link up, presence detected
  };
  PciBridge(std::string name, const Identity& identity);

  ConfigEffects write_config(uint16_t offset, unsigned width, uint32_t value) noexcept override;

  // What was plugged in is gone: link down, and (with a slot) presence and link changed.
  void unplug() noexcept;
  void reset() noexcept override;

  uint8_t secondary() const noexcept { return static_cast<uint8_t>(config_.read(kSecondaryBus, 1)); }
  uint8_t subordinate() const noexcept { return static_cast<uint8_t>(config_.read(kSubordinateBus, 1)); }
  // What is forwarded downstream now: windows closed by base > limit or by COMMAND have size 0.
  Windows windows() const noexcept;

 private:
  void define_header(const Identity& identity);
  void define_express(uint16_t at, const Identity& identity);
  void show_empty() noexcept;

  bool unplugged_ = false;
};

}  // namespace vireo::pci
