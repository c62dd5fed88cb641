#include "vmm/plan_devices.h"

namespace vireo {
namespace {

void collect(const std::vector<config::PortConfig>& ports, std::vector<const config::DeviceConfig*>& devices) {
  for (const config::PortConfig& port : ports) {
    for (const config::DeviceConfig& function : port.functions) devices.push_back(&function);
    for (const config::SwitchConfig& below : port.downstream) collect(below.ports, devices);
  }
}

}  // namespace

std::vector<const config::DeviceConfig*> devices_of(const config::Config& config) {
  std::vector<const config::DeviceConfig*> devices;
  collect(config.pcie.root_ports, devices);
  return devices;
}

}  // namespace vireo
