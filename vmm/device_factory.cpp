#include "vmm/device_factory.h"

#include "emulated/nvme/nvme_function.h"
#include "emulated/test/test_function.h"
#include "emulated/virtio/block_device.h"
#include "emulated/virtio/console_device.h"
#include "emulated/virtio/entropy_device.h"
#include "emulated/virtio/net_device.h"
#include "emulated/virtio/net_thread.h"
#include "emulated/virtio/vhost_pair.h"
#include "emulated/virtio/virtio_function.h"
#include "pci/bridge.h"
#include "pci/platform_functions.h"
#include "vfio/kernel_device.h"
#include "vfio/passthrough_function.h"
#include "vmm/base/log.h"
#include "vmm/config/test_devices.h"
#include "vmm/disk_source.h"

namespace vireo {
namespace {

using Function = std::unique_ptr<pci::PciFunction>;

Function make_port(const FactoryInputs& inputs, pci::PortType type) {
  return std::make_unique<pci::PciBridge>(
      inputs.planned.name, pci::PciBridge::Identity{.type = type,
                                                    .port_number = static_cast<uint8_t>(inputs.role.slot),
                                                    .slot_number = inputs.role.slot,
                                                    .occupied = inputs.role.occupied,
                                                    .hot_plug = inputs.role.hot_plug,
                                                    .reports_errors = inputs.role.reports_errors,
                                                    .router = &inputs.router,
                                                    .requester = inputs.role.interrupts.requester});
}

Function make_passthrough(const FactoryInputs& inputs) {
  auto device = std::make_unique<vfio::KernelDevice>(inputs.role.host, inputs.devices.take(inputs.role.host));
  const vfio::PassthroughSettings settings{.place = inputs.role.interrupts,
                                           .config = {.capabilities = inputs.role.capabilities,
                                                      .gpudirect_clique = inputs.role.clique,
                                                      .msix_bar = inputs.role.msix_bar},
                                           .rom_size = inputs.planned.bars[pci::kRomIndex].size,
                                           .rom_file = inputs.role.rom_file,
                                           .trapped_bars = inputs.role.trapped_bars,
                                           .reports_errors = inputs.role.on_error == config::OnError::kReport,
                                           .one_of_several = inputs.role.one_of_several};
  return std::make_unique<vfio::PassthroughFunction>(inputs.planned.name, std::move(device), settings, inputs.router);
}

emulated::DiskDeviceSettings disk_settings(const FactoryInputs& inputs) {
  using emulated::OnDiskError;
  const config::DiskConfig& disk = inputs.role.emulated.disk;
  return {.name = inputs.planned.name,
          .serial = disk.serial,
          .queues = disk.queues,
          .on_error = disk.waits_on_errors ? OnDiskError::kWait : OnDiskError::kReport,
          .memory = inputs.registers_memory ? inputs.memory.mapped() : std::span<uint8_t>{}};
}

// Of the two names, so that it stays: administered locally (IEEE 802 8.4), by FNV-1a.
template <size_t size>
std::array<uint8_t, size> station_of(const FactoryInputs& inputs) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string* name : {&inputs.guest, &inputs.planned.name})
    for (const char c : *name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  std::array<uint8_t, size> station{0x02};
  for (size_t i = 1; i < size; ++i) station[i] = static_cast<uint8_t>(hash >> 8 * i);
  return station;
}

using NetPairs = std::vector<std::unique_ptr<emulated::NetPair>>;

// Whether the host's kernel moves the frames.
bool uses_vhost(const config::NetConfig& net) {
  return !net.tap.empty() && net.vhost.value_or(emulated::has_vhost_net());
}

NetPairs make_pairs(const FactoryInputs& inputs) {
  const config::NetConfig& net = inputs.role.emulated.net;
  const std::string& name = inputs.planned.name;
  NetPairs pairs;
  if (net.tap.empty())
    pairs.push_back(std::make_unique<emulated::NetThread>(emulated::connect_stream(net.socket), name));
  else
    for (base::Fd& tap : emulated::open_tap(net.tap, net.queues))
      if (uses_vhost(net))
        pairs.push_back(std::make_unique<emulated::VhostPair>(std::move(tap), name, inputs.memory, inputs.loop));
      else
        pairs.push_back(std::make_unique<emulated::NetThread>(emulated::make_tap(std::move(tap)), name));
  return pairs;
}

std::array<uint8_t, 6> net_station(const FactoryInputs& inputs) {
  const config::NetConfig& net = inputs.role.emulated.net;
  if (net.mac) return *net.mac;
  return emulated::macvtap_station(net.tap).value_or(station_of<6>(inputs));
}

std::unique_ptr<emulated::VirtioDevice> make_net(const FactoryInputs& inputs) {
  const config::NetConfig& net = inputs.role.emulated.net;
  spdlog::debug("[{}] frames are moved by {}", inputs.planned.name, uses_vhost(net) ? "vhost-net" : "vireo");
  return std::make_unique<emulated::NetDevice>(
      make_pairs(inputs),
      emulated::NetSettings{
          .name = inputs.planned.name, .mac = net_station(inputs), .mtu = net.mtu, .pairs = net.queues},
      inputs.loop);
}

std::unique_ptr<emulated::VirtioDevice> make_console(const FactoryInputs& inputs) {
  std::vector<emulated::ConsolePortSettings> ports;
  for (const config::ConsolePortConfig& port : inputs.role.emulated.ports)
    ports.push_back({.name = port.name, .socket = port.socket, .file = port.file});
  return std::make_unique<emulated::ConsoleDevice>(ports, inputs.loop);
}

std::unique_ptr<emulated::VirtioDevice> make_virtio_device(const FactoryInputs& inputs) {
  switch (inputs.role.emulated.kind) {
    case config::EmulatedKind::kEntropy:
      return std::make_unique<emulated::EntropyDevice>(inputs.loop);
    case config::EmulatedKind::kBlock:
      return std::make_unique<emulated::BlockDevice>(*inputs.disks.at(inputs.planned.name), disk_settings(inputs),
                                                     inputs.loop);
    case config::EmulatedKind::kNet:
      return make_net(inputs);
    case config::EmulatedKind::kConsole:
      return make_console(inputs);
    case config::EmulatedKind::kNvme:
    case config::EmulatedKind::kTest:
      break;  // does not speak virtio
  }
  return nullptr;
}

Function make_emulated(const FactoryInputs& inputs) {
  if constexpr (config::kTestDevices)
    if (inputs.role.emulated.kind == config::EmulatedKind::kTest)
      return std::make_unique<emulated::TestFunction>(
          inputs.planned.name, emulated::TestFunction::Surroundings{
                                   .router = inputs.router, .loop = inputs.loop, .place = inputs.role.interrupts});
  if (inputs.role.emulated.kind == config::EmulatedKind::kNvme)
    return std::make_unique<emulated::NvmeFunction>(
        inputs.planned.name, *inputs.disks.at(inputs.planned.name), disk_settings(inputs), station_of<8>(inputs),
        emulated::NvmeFunction::Surroundings{
            .memory = inputs.memory, .router = inputs.router, .loop = inputs.loop, .place = inputs.role.interrupts});
  return std::make_unique<emulated::VirtioFunction>(
      inputs.planned.name, make_virtio_device(inputs),
      emulated::VirtioFunction::Surroundings{
          .memory = inputs.memory,
          .router = inputs.router,
          .loop = inputs.loop,
          .place = inputs.role.interrupts,
          .split_ring = inputs.role.emulated.split_ring,
          .port_doorbells = inputs.planned.bars[emulated::kPortBar].kind == pci::BarKind::kIo});
}

}  // namespace

Disks open_disks(const Plan& plan) {
  Disks disks;
  for (const auto& [name, role] : plan.roles) {
    const config::DiskConfig& disk = role.emulated.disk;
    if (role.kind == FunctionKind::kEmulated && role.emulated.is_disk())
      disks.emplace(name, std::make_unique<emulated::DiskImage>(disk_source(plan.config, disk).settings));
  }
  return disks;
}

Function make_function(const FactoryInputs& inputs) {
  switch (inputs.role.kind) {
    case FunctionKind::kHostBridge:
      return std::make_unique<pci::HostBridge>(inputs.ecam);
    case FunctionKind::kLpcBridge:
      return std::make_unique<pci::LpcBridge>();
    case FunctionKind::kRootPort:
      return make_port(inputs, pci::PortType::kRootPort);
    case FunctionKind::kUpstreamPort:
      return make_port(inputs, pci::PortType::kUpstream);
    case FunctionKind::kDownstreamPort:
      return make_port(inputs, pci::PortType::kDownstream);
    case FunctionKind::kPassthrough:
      return make_passthrough(inputs);
    case FunctionKind::kEmulated:
      return make_emulated(inputs);
  }
  throw base::Error(base::ExitCode::kInternal, "no factory for " + inputs.planned.name);
}

}  // namespace vireo
