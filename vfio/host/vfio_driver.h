#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

inline constexpr const char* kVfioPci = "vfio-pci";

// The variant drivers that the kernel has for some devices.
// Source: lib/modules/RELEASE/modules.alias, whose "vfio_pci:" lines are of drivers that an override alone binds
// (PCI_DRIVER_OVERRIDE_DEVICE_VFIO, since Linux 5.16).
class VariantModules {
 public:
  explicit VariantModules(HostRoot root) : root_(std::move(root)) {}

  // Return the module that is made for a device; empty: there is none, so vfio-pci has it. Of several the one that
  // says most of the device.
  std::string made_for(const std::string& address);

 private:
  struct Alias {
    std::string pattern;
    std::string module;
  };
  const std::vector<Alias>& aliases();

  HostRoot root_;
  // Of more than a MiB of text, read when the first device asks.
  std::optional<std::vector<Alias>> aliases_;
};

// Return the PCI driver that a loaded module has registered; empty: none. Its name need not be the module's.
std::string driver_of_module(const std::string& module, const HostRoot& root);

}  // namespace vireo::host
