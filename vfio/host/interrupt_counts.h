#pragma once

#include <map>
#include <string>

#include "vfio/host/facts.h"

namespace vireo::host {

// One line of /proc/interrupts, all CPUs together.
struct InterruptCount {
  unsigned irq = 0;
  uint64_t count = 0;
};

// Return VFIO's lines of /proc/interrupts by their names: "vfio-msix[3](0000:01:00.1)".
// Source: Linux drivers/vfio/pci/vfio_pci_intrs.c.
std::map<std::string, InterruptCount> vfio_interrupts(const HostRoot& root = {});

// The name of a vector's line. `kind`: "MSI-X", "MSI" or "INTx".
std::string interrupt_name(const std::string& kind, unsigned vector, const std::string& address);

}  // namespace vireo::host
