#include "vmm/config/virtio_keys.h"

#include <array>

#include "vmm/config/choice.h"

namespace vireo::config {
namespace {

void read_kind(const Node& node, VirtioConfig& device, Diagnostics& diagnostics) {
  constexpr std::array kChoices{Choice<VirtioKind>{"rng", VirtioKind::kEntropy}};
  read_choice(node, kChoices, "is no virtio device that vireo has", device.kind, diagnostics);
}

void read_ring(const Node& node, VirtioConfig& device, Diagnostics& diagnostics) {
  constexpr std::array kChoices{Choice<bool>{"any", false}, Choice<bool>{"split", true}};
  read_choice(node, kChoices, "is no kind of virtqueue", device.split_ring, diagnostics);
}

constexpr Key<VirtioConfig> kVirtioKeys[] = {
    {"virtio", true, R"("enum":["rng"])", "an emulated device: rng, the host's random numbers", read_kind},
    {"ring", false, R"("enum":["any","split"])",
     "virtqueues that the guest may use: any (packed or split, if not said), or split only", read_ring},
};

}  // namespace

VirtioConfig read_virtio_keys(const Node& node, Diagnostics& diagnostics) {
  VirtioConfig device{.where = node.where};
  read_mapping<VirtioConfig>(node, kVirtioKeys, device, diagnostics, "device");
  return device;
}

std::string virtio_definitions() {
  return std::string("\"virtio\":{").append(mapping_schema<VirtioConfig>(kVirtioKeys)).append("}");
}

}  // namespace vireo::config
