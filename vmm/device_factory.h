#pragma once

#include <map>
#include <memory>
#include <string>

#include "emulated/block/disk_image.h"
#include "pci/function.h"
#include "vmm/host_devices.h"
#include "vmm/platform/event_loop.h"
#include "vmm/platform/guest_memory.h"
#include "vmm/platform/interrupts.h"
#include "vmm/platform/io_bus.h"

namespace vireo {

// Open images, by function. They stay open, and so the guest's, over its reboots.
using Disks = std::map<std::string, std::unique_ptr<emulated::DiskImage>>;

// Errors: base::Error (kBootImage).
Disks open_disks(const Plan& plan);

// What a function is built from.
struct FactoryInputs {
  const std::string& guest;  // its name
  const pci::PlannedFunction& planned;
  const FunctionRole& role;
  HostDevices& devices;
  const Disks& disks;
  platform::InterruptRouter& router;
  const platform::GuestMemory& memory;
  bool registers_memory;  // with its disks' rings
  platform::EventLoop& loop;
  platform::IoHandler& ecam;  // of the host bridge
};

// Build one function of the plan: one row of the factory's table a kind.
// Errors: SystemError (kDevice).
std::unique_ptr<pci::PciFunction> make_function(const FactoryInputs& inputs);

}  // namespace vireo
