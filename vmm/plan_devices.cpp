#include "vmm/plan_devices.h"

#include <algorithm>

#include "emulated/test/test_function.h"
#include "emulated/virtio/console_registers.h"
#include "emulated/virtio/net_config.h"
#include "vmm/plan.h"

namespace vireo {
namespace {

// `ports`: a vector of them, constant or not.
template <typename Ports, typename Visit>
void for_each_port(Ports& ports, Visit visit) {
  for (auto& port : ports) {
    visit(port);
    for (auto& below : port.downstream) for_each_port(below.ports, visit);
  }
}

// A device is found by its function 0: the first one left becomes that.
void renumber(Plan& plan, std::vector<pci::PlannedFunction>& below) {
  if (below.empty() || below.front().devfn != (below.front().devfn & 7)) return;
  below.front().devfn = 0;
  plan.roles.at(below.front().name).interrupts.requester = static_cast<uint16_t>(below.front().bus << 8);
}

void erase_devices(Plan& plan, std::vector<pci::PlannedFunction>& bus, const std::vector<std::string>& addresses) {
  std::erase_if(bus, [&](const pci::PlannedFunction& function) {
    return std::find(addresses.begin(), addresses.end(), function.name) != addresses.end();
  });
  for (pci::PlannedFunction& function : bus) {
    erase_devices(plan, function.below, addresses);
    renumber(plan, function.below);
    if (function.bridge && function.below.empty()) plan.roles.at(function.name).occupied = false;
  }
}

unsigned queues_of(const config::EmulatedConfig& device) {
  if (device.kind == config::EmulatedKind::kNet) return emulated::net_queues(device.net.queues);
  if (device.kind == config::EmulatedKind::kConsole)
    return emulated::console_queues(static_cast<unsigned>(device.ports.size()));
  return device.is_disk() ? device.disk.queues : 1;
}

}  // namespace

Plan without_devices(Plan plan, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) plan.devices.erase(address);
  erase_devices(plan, plan.root_bus, addresses);
  return plan;
}

const config::DeviceConfig& device_config(const config::Config& config, const std::string& address) {
  for (const config::DeviceConfig* device : devices_of(config))
    if (device->vfio == address) return *device;
  throw base::Error(base::ExitCode::kInternal, address + " is not in the file");
}

std::vector<const config::DeviceConfig*> devices_of(const config::Config& config) {
  std::vector<const config::DeviceConfig*> devices;
  for_each_port(config.pcie.root_ports, [&](const config::PortConfig& port) {
    for (const config::DeviceConfig& function : port.functions) devices.push_back(&function);
  });
  return devices;
}

std::vector<config::DeviceConfig*> unnamed_devices_of(config::Config& config) {
  std::vector<config::DeviceConfig*> devices;
  for_each_port(config.pcie.root_ports, [&](config::PortConfig& port) {
    for (config::DeviceConfig& function : port.functions)
      if (function.vf || function.match) devices.push_back(&function);
  });
  return devices;
}

void erase_unknown_devices(config::Config& config) {
  for_each_port(config.pcie.root_ports, [](config::PortConfig& port) {
    std::erase_if(port.functions, [](const config::DeviceConfig& device) { return device.vfio.empty(); });
  });
}

std::vector<const config::EmulatedConfig*> emulated_devices_of(const config::Config& config) {
  std::vector<const config::EmulatedConfig*> devices;
  for_each_port(config.pcie.root_ports, [&](const config::PortConfig& port) {
    if (port.emulated) devices.push_back(&*port.emulated);
  });
  return devices;
}

unsigned vectors_of(const config::EmulatedConfig& device) {
  if (device.kind == config::EmulatedKind::kTest) return emulated::TestFunction::kVectors;
  return queues_of(device) + 1;
}

// An eventfd a vector, INTx's two, a doorbell a queue. A disk has its image twice, a timer, and a queue its io_uring
// and its thread's commands; a NIC for each pair of queues a tap, vhost-net and four that this signals; a console's
// port its listener and its client.
uint64_t files_of(const config::EmulatedConfig& device) {
  const uint64_t common = vectors_of(device) + 2 + queues_of(device);
  if (device.is_disk()) return common + 3 + uint64_t{2} * device.disk.queues;
  return common +
         (device.kind == config::EmulatedKind::kNet ? uint64_t{6} * device.net.queues : 2 * device.ports.size());
}

// An eventfd a vector of each kind, one each for errors, requests, INTx and its unmasking, and the device itself.
uint64_t files_of(const host::HostFacts& facts) {
  return facts.msix.vectors + facts.msi_vectors + 5;
}

}  // namespace vireo
