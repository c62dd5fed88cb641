#pragma once

#include "pci/capability_registers.h"
#include "pci/function.h"
#include "pci/port_events.h"
#include "pci/topology.h"
#include "vmm/base/event_fd.h"

namespace vireo::pci {

// State: a PCI Express port: root port, or a switch's upstream or downstream port.
// Features: type-1 header with 16-bit I/O, 32-bit memory and 64-bit prefetchable windows; Express, MSI, power
//   management, subsystem and ACS capabilities; ARI forwarding; secondary bus reset; where it is asked for: a slot with
//   hot-plug, advanced error reporting.
// Missing: putting something into a slot while the guest runs.
// Source: PCIe 6.0 7.5.1.3, 7.5.3, 7.7.11, 7.8.4, 6.7.
class PciBridge : public PciFunction {
 public:
  struct Identity {
    PortType type = PortType::kRootPort;
    uint8_t port_number = 0;
    uint16_t slot_number = 0;                     // 0 and an upstream port: no slot
    bool occupied = false;                        // something is plugged in: link up, presence detected
    bool hot_plug = false;                        // the guest can be asked to let go of what is plugged in
    bool reports_errors = false;                  // root ports
    platform::InterruptRouter* router = nullptr;  // where its MSI goes; outlives the port
    uint16_t requester = 0;
  };
  PciBridge(std::string name, const Identity& identity);

  ConfigEffects write_config(uint16_t offset, unsigned width, uint32_t value) noexcept override;

  // Whether the slot has power; without, nothing behind it answers.
  bool powered() const noexcept;
  // Press the slot's button: a driver of it lets go of what is plugged in and takes the power away, and `powered_off`
  // is signalled. Return whether a driver listens. Lifetime: `powered_off` lives until then, or until unplug().
  bool press_attention(const base::EventFd& powered_off) noexcept;
  // Nobody waits any more, and something is still plugged in: press it again, so that a driver takes that into use,
  // where the power is off or as soon as it is.
  void offer_again() noexcept;
  // What was plugged in is gone: link down, and (with a slot) presence and link changed.
  void unplug() noexcept;
  // A device below failed. Return whether a driver of the port wants to know.
  bool report_fatal_error(uint16_t source) noexcept { return events_.add_fatal_error(source); }
  void reset() noexcept override;

  uint8_t secondary() const noexcept { return static_cast<uint8_t>(config_.read(kSecondaryBus, 1)); }
  uint8_t subordinate() const noexcept { return static_cast<uint8_t>(config_.read(kSubordinateBus, 1)); }
  // What is forwarded downstream now: windows closed by base > limit or by COMMAND have size 0.
  Windows windows() const noexcept;

 private:
  void define_header(const Identity& identity);
  void define_express(uint16_t at, const Identity& identity);
  void define_extended(const Identity& identity);
  bool is_listened_to() const noexcept;
  void show_slot() noexcept;
  void change_power(bool on) noexcept;

  bool slot_ = false;
  bool hot_plug_ = false;
  bool reports_link_ = false;
  bool present_ = false;
  const base::EventFd* powered_off_ = nullptr;
  bool offer_when_off_ = false;
  PortEvents events_;
};

}  // namespace vireo::pci
