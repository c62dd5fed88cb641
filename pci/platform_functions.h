#pragma once

#include "pci/function.h"

namespace vireo::pci {

// State: identity and PCIEXBAR of a q35's host bridge (8086:29c0).
// Features: what firmware and kernels look at to find the platform and its ECAM.
// Missing: DRAM controller registers (PAM, SMRAM): stored nowhere, read zero.
// Source: Intel 3 Series Express chipset datasheet 5.1.
class HostBridge final : public PciFunction {
 public:
  HostBridge();
};

// State: identity, PMBASE and ACPI control of ICH9's LPC bridge (8086:2918).
// Features: what firmware looks at to find the PM registers.
// Missing: interrupt routing registers, GPIO, decode ranges, RCBA: read zero.
// Source: Intel ICH9 datasheet 13.1.
class LpcBridge final : public PciFunction {
 public:
  LpcBridge();
};

}  // namespace vireo::pci
