#pragma once

#include <optional>

#include "pci/function.h"
#include "vmm/base/address.h"
#include "vmm/platform/io_bus.h"

namespace vireo::pci {

// State: identity and PCIEXBAR of a q35's host bridge (8086:29c0, subsystem 1af4:1100 as firmware for virtual machines
//   looks for it).
// Features: ECAM of 64, 128 or 256 buses wherever PCIEXBAR puts it.
// Missing: DRAM controller registers (PAM, SMRAM) read zero: what they hide is RAM at all times.
// Source: Intel 3 Series Express chipset datasheet 5.1.
class HostBridge final : public PciFunction {
 public:
  // `ecam` answers in the range that PCIEXBAR names; power-on has it at kEcamStart. Lifetime: it outlives the guest's
  // CPUs.
  explicit HostBridge(platform::IoHandler& ecam);

  ConfigEffects write_config(uint16_t offset, unsigned width, uint32_t value) noexcept override;
  void read_bar(unsigned bar, uint64_t offset, std::span<uint8_t> data) noexcept override;
  BarEffects write_bar(unsigned bar, uint64_t offset, std::span<const uint8_t> data) noexcept override;
  std::vector<DecodedBar> decode() const override;

 private:
  platform::IoHandler& ecam_;
};

// 8 bytes of the host bridge.
constexpr uint16_t kPciexbar = 0x60;
// Where PCIEXBAR's value puts ECAM; nothing: it is off, or the value is reserved.
std::optional<base::GuestRange> ecam_range(uint64_t pciexbar);

// State: identity, PMBASE and ACPI control of ICH9's LPC bridge (8086:2918).
// Features: what firmware looks at to find the PM registers; interrupt routing registers as memory: INTx goes to the
//   I/O APIC's own pins, and nothing of a PC's firmware waits for one by the PIC.
// Missing: GPIO, decode ranges, RCBA: read zero.
// Source: Intel ICH9 datasheet 13.1.
class LpcBridge final : public PciFunction {
 public:
  LpcBridge();
};

}  // namespace vireo::pci
