#pragma once

#include <memory>

#include "pci/function.h"
#include "vmm/host_devices.h"
#include "vmm/platform/event_loop.h"
#include "vmm/platform/guest_memory.h"
#include "vmm/platform/interrupts.h"

namespace vireo {

// What a function is built from.
struct FactoryInputs {
  const pci::PlannedFunction& planned;
  const FunctionRole& role;
  HostDevices& devices;
  platform::InterruptRouter& router;
  const platform::GuestMemory& memory;
  platform::EventLoop& loop;
};

// Build one function of the plan: one row of the factory's table a kind.
// Errors: SystemError (kDevice).
std::unique_ptr<pci::PciFunction> make_function(const FactoryInputs& inputs);

}  // namespace vireo
