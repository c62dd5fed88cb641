#pragma once

#include <optional>

#include "emulated/firmware/flash.h"
#include "emulated/firmware/fw_cfg.h"
#include "emulated/legacy/debug_console.h"
#include "emulated/legacy/rtc_cmos.h"
#include "pci/root_complex.h"
#include "vmm/boot/firmware.h"
#include "vmm/plan.h"
#include "vmm/platform/memory_slots.h"

namespace vireo {

// What a guest that begins with firmware has more than one that is loaded directly.
class FirmwareBoard {
 public:
  struct Surroundings {
    const platform::GuestMemory& memory;
    platform::IoBus& ports;
    platform::IoBus& mmio;
    platform::MemorySlots& slots;
    pci::RootComplex& root_complex;
    emulated::RtcCmos& cmos;
  };
  // Lifetime: the arguments outlive the board.
  // Errors: base::Error: kHost when KVM takes no read-only memory, kBootImage when the guest has none below 1 MiB.
  FirmwareBoard(const Plan& plan, const boot::Firmware& firmware, const Surroundings& surroundings);

 private:
  void map_code(const boot::Firmware& firmware, const Surroundings& surroundings);
  void describe_machine(const Plan& plan);
  void describe_tables(const Plan& plan, pci::RootComplex& root_complex);

  emulated::FwCfg fw_cfg_;
  emulated::DebugConsole debug_console_;
  std::optional<emulated::Flash> variables_;
};

}  // namespace vireo
