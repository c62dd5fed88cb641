#pragma once

#include "pci/function.h"
#include "pci/intx_interrupt.h"
#include "pci/msix_interrupts.h"

namespace vireo::pci {

// What all emulated endpoints are: a header, the PCI Express and MSI-X capabilities, and interrupts by MSI-X or INTA.
// Source: PCIe 6.0 7.5.1, 7.5.3, 7.7.2.
class EndpointFunction : public PciFunction {
 public:
  // Where its capabilities stand, and where a subclass may put more: it sets the link at kMsixAt + 1 then.
  static constexpr uint16_t kExpressAt = 0x40;
  static constexpr uint16_t kMsixAt = 0x80;
  static constexpr uint16_t kOwnCapabilitiesAt = 0x90;

  uint32_t read_config(uint16_t offset, unsigned width) noexcept override;
  ConfigEffects write_config(uint16_t offset, unsigned width, uint32_t value) noexcept override;
  void reset() noexcept override;

 protected:
  struct Identity {
    uint16_t vendor = 0;
    uint16_t device = 0;
    uint8_t revision = 0;
    uint32_t class_code = 0;
    uint16_t subsystem = 0;  // of the same vendor
  };
  // Where MSI-X's structures are, and how many vectors there are.
  struct Vectors {
    unsigned bar = 0;
    uint32_t table = 0;
    uint32_t pending = 0;
    unsigned count = 1;
  };
  struct Surroundings {
    platform::InterruptRouter& router;
    platform::EventLoop& loop;
    platform::InterruptPlace place = {};
  };
  // Lifetime: what is around it outlives it. Errors: SystemError (kHost) when file descriptors run out.
  EndpointFunction(std::string name, const Identity& identity, const Vectors& vectors, const Surroundings& around);

  // At the end of a constructor: these are the registers at power-on.
  void seal();

  // Whether there is a reason for the line to be up. Takes no lock that is held in interrupt(). Thread: any.
  virtual bool asserted() const noexcept = 0;
  // Fire a vector, or the line. Thread: any.
  void interrupt(unsigned vector) noexcept;
  // The line may have a reason that it had not. Thread: any.
  void raise_line() noexcept;
  bool uses_msix() const noexcept { return uses_msix_; }
  bool masters_bus() const noexcept { return (config_.read(kCommand, 2) & kCommandBusMaster) != 0; }
  MsixInterrupts& vectors() noexcept { return interrupts_; }
  const MsixInterrupts& vectors() const noexcept { return interrupts_; }

 private:
  void route_interrupts() noexcept;

  MsixInterrupts interrupts_;
  IntxInterrupt line_;
  std::atomic<bool> uses_msix_ = false;
};

}  // namespace vireo::pci
