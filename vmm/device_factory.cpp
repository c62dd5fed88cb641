#include "vmm/device_factory.h"

#include "emulated/virtio/entropy_device.h"
#include "emulated/virtio/virtio_function.h"
#include "pci/bridge.h"
#include "pci/platform_functions.h"
#include "vfio/kernel_device.h"
#include "vfio/passthrough_function.h"

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

std::unique_ptr<emulated::VirtioDevice> make_virtio_device(config::VirtioKind kind) {
  switch (kind) {
    case config::VirtioKind::kEntropy:
      return std::make_unique<emulated::EntropyDevice>();
  }
  return nullptr;
}

Function make_virtio(const FactoryInputs& inputs) {
  return std::make_unique<emulated::VirtioFunction>(
      inputs.planned.name, make_virtio_device(inputs.role.virtio.kind),
      emulated::VirtioFunction::Surroundings{.memory = inputs.memory,
                                             .router = inputs.router,
                                             .loop = inputs.loop,
                                             .requester = inputs.role.interrupts.requester,
                                             .split_ring = inputs.role.virtio.split_ring});
}

}  // namespace

Function make_function(const FactoryInputs& inputs) {
  switch (inputs.role.kind) {
    case FunctionKind::kHostBridge:
      return std::make_unique<pci::HostBridge>();
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
    case FunctionKind::kVirtio:
      return make_virtio(inputs);
  }
  throw base::Error(base::ExitCode::kInternal, "no factory for " + inputs.planned.name);
}

}  // namespace vireo
