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
  IoWindow io;                           // size 0: none
  std::vector<base::GuestRange> memory;  // windows of the root bus, each wholly below or wholly above 4 GiB
  base::GuestRange ecam;                 // from bus 0, 1 MiB a bus
  bool serial = true;                    // COM1
  bool pvpanic = true;
  AcpiOem oem;
};

// Return the line that pin 0-3 (INTA-INTD) of a device on bus 0 drives; _PRT says the same.
// Source: PCI-to-PCI bridge 1.2 9.1's swizzle, kFirstPciIrq + (device + pin) % 4.
constexpr uint32_t root_intx_gsi(unsigned device, unsigned pin) {
  return platform::kFirstPciIrq + (device + pin) % platform::kPciIrqs;
}

// All tables but the RSDP, and the RSDP, before it is known where they lie: pointers are offsets into `tables`,
// checksums zero. Firmware fills both in (table_loader.h), or build_acpi().
struct AcpiImage {
  std::vector<uint8_t> tables;
  std::vector<uint8_t> rsdp;
  struct Pointer {
    bool in_rsdp = false;  // else in `tables`
    uint32_t offset = 0;
    uint8_t width = 0;  // bytes
  };
  std::vector<Pointer> pointers;
  struct Checksum {
    bool in_rsdp = false;
    uint32_t offset = 0;  // of the byte
    uint32_t start = 0;   // of what sums to zero with it
    uint32_t size = 0;
  };
  std::vector<Checksum> checksums;
};
constexpr uint32_t kAcpiAlignment = 64;  // of `tables`: what the FACS needs (ACPI 6.5 5.2.10)

// FADT, FACS, MADT, MCFG, DSDT and XSDT; how large each is depends on how many of what there are alone.
// Errors: base::Error (kInternal) when an input is impossible.
AcpiImage make_acpi(const AcpiInputs& inputs);

struct AcpiTables {
  base::GuestAddress rsdp;
  uint64_t size = 0;  // of all tables, from kAcpiStart
};

// Write them at kAcpiStart: for a guest without firmware.
// Errors: the same, and when they do not fit.
AcpiTables build_acpi(const AcpiInputs& inputs, const platform::GuestMemory& memory);

}  // namespace vireo::boot
