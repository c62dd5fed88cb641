#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vmm/platform/guest_memory.h"
#include "vmm/platform/memory_map.h"

namespace vireo::boot {

// What the tables' headers say who made them; longer strings are cut to 6 and 8 characters.
struct AcpiOem {
  std::string id = "VIREO";
  std::string table_id = "VIREOVMM";
};

struct IoWindow {
  uint16_t start = platform::kPciIoStart;
  uint32_t size = platform::kPciIoSize;
};

struct AcpiInputs {
  std::vector<uint32_t> apic_ids;  // [i] is vCPU i's
  uint8_t io_apic_id = 0;
  IoWindow io;  // size 0: none
  base::GuestRange mmio32;
  std::optional<base::GuestRange> mmio64;
  base::GuestRange ecam;  // from bus 0, 1 MiB a bus
  bool serial = true;     // COM1
  bool pvpanic = true;
  AcpiOem oem;
};

// Return the line that pin 0-3 (INTA-INTD) of a device on bus 0 drives; _PRT says the same.
// Source: PCI-to-PCI bridge 1.2 9.1's swizzle, kFirstPciIrq + (device + pin) % 4.
constexpr uint32_t root_intx_gsi(unsigned device, unsigned pin) {
  return platform::kFirstPciIrq + (device + pin) % platform::kPciIrqs;
}

struct AcpiTables {
  base::GuestAddress rsdp;
  uint64_t size = 0;  // of all tables, from kAcpiStart
};

// Write RSDP, XSDT, FADT, FACS, MADT, MCFG and DSDT at kAcpiStart.
// Errors: base::Error (kInternal) when they do not fit or an input is impossible.
AcpiTables build_acpi(const AcpiInputs& inputs, const platform::GuestMemory& memory);

}  // namespace vireo::boot
