#pragma once

#include <array>
#include <bitset>
#include <optional>

#include "pci/bar.h"
#include "pci/config_space.h"
#include "vfio/config_policy.h"
#include "vfio/device_io.h"
#include "vfio/msix_capability.h"

namespace vireo::vfio {

// What was found in a device's configuration space while the guest's image of it was built.
struct ConfigFindings {
  MsixLayout msix;
  MsiLayout msi;
  unsigned interrupt_pin = 0;     // 1: INTA to 4: INTD; 0: no INTx
  uint16_t power_management = 0;  // capability offsets; 0: none
  uint16_t express = 0;
  bool no_soft_reset = false;
  pci::Bars bars = {};
  // Bytes whose loads and stores go to the device.
  std::bitset<pci::kExtendedConfigSize> passed;
};

// Where a guest's owner departs from what vireo would show.
struct ConfigWishes {
  PolicyOverrides capabilities = {};
  std::optional<uint8_t> gpudirect_clique = {};  // 0 to 15; see quirks.h
  std::optional<unsigned> msix_bar = {};         // one that the device does not have, for the MSI-X table
};

// Build a guest's image of the device's configuration space: header virtual, capabilities by policy, chains relinked.
// Capability chains that loop or leave the space end where they break.
// Errors: base::Error (kDevice) when the space cannot be read or says that nobody is there.
ConfigFindings build_virtual_config(DeviceIo& device, const ConfigWishes& wishes, pci::ConfigSpace& config);

}  // namespace vireo::vfio
