#include "vfio/quirks.h"

#include <algorithm>
#include <array>

#include "pci/capability_list.h"
#include "pci/standard.h"
#include "vmm/base/error.h"

namespace vireo::vfio {
namespace {

constexpr uint16_t kNvidia = 0x10de;
constexpr uint32_t kVga = 0x0300;
constexpr uint32_t k3dController = 0x0302;

// The image's identity is the device's.
bool wants_clique(const QuirkPlace& place) {
  const auto vendor = static_cast<uint16_t>(place.config.read(pci::kVendorId, 2));
  return place.wishes.gpudirect_clique && can_have_clique(vendor, place.config.read(pci::kRevision, 4) >> 8);
}

constexpr uint8_t kCliqueSize = 8;

// At 0xc8; GPUs that have a capability of their own there leave 0xd4 free. No capability is shorter than 4 bytes.
uint16_t place_for_clique(const QuirkPlace& place) {
  const pci::CapabilityChain own = pci::walk_capabilities(place.device);
  const auto taken = [&own](uint16_t at) {
    return std::any_of(own.found.begin(), own.found.end(), [at](const pci::Capability& capability) {
      return capability.offset < at + kCliqueSize && at < capability.offset + 4;
    });
  };
  for (const uint16_t at : {uint16_t{0xc8}, uint16_t{0xd4}})
    if (!taken(at)) return at;
  throw base::Error(base::ExitCode::kDevice, "gpudirect_clique: the GPU has capabilities of its own where it would go",
                    "leave `gpudirect_clique` out");
}

// The capability is 8 bytes: id, next, length, "P2P", and clique << 3 | version.
void add_clique(const QuirkPlace& place) {
  const uint16_t at = place_for_clique(place);
  const pci::CapabilityChain shown = pci::walk_capabilities(place.config.bytes());
  const uint16_t link =
      shown.found.empty() ? pci::kCapabilityPointer : static_cast<uint16_t>(shown.found.back().offset + 1);
  const auto clique = static_cast<uint8_t>(*place.wishes.gpudirect_clique << 3);
  const std::array<uint8_t, kCliqueSize> bytes{
      static_cast<uint8_t>(pci::CapabilityId::kVendorSpecific), 0, kCliqueSize, 'P', '2', 'P', clique, 0};
  for (uint16_t i = 0; i < kCliqueSize; ++i) {
    place.config.set(static_cast<uint16_t>(at + i), 1, bytes[i]);
    place.findings.passed.reset(at + i);
  }
  place.config.set(link, 1, at);
}

constexpr std::array kQuirks{
    Quirk{
        .id = "nvidia-gpudirect-clique",
        .condition = "an NVIDIA display controller with `gpudirect_clique`",
        .effect = "a vendor-specific capability with the clique's number at 0xc8, or at 0xd4 where 0xc8 is taken",
        .why = "in a virtual machine NVIDIA's driver takes peer-to-peer DMA for possible among GPUs of one clique only",
        .source = "NVIDIA, \"GPUDirect P2P capability for virtual machines\", as QEMU's hw/vfio/pci-quirks.c has it",
        .applies = wants_clique,
        .patch = add_clique},
};

}  // namespace

bool can_have_clique(uint16_t vendor, uint32_t class_code) {
  return vendor == kNvidia && (class_code >> 8 == kVga || class_code >> 8 == k3dController);
}

std::span<const Quirk> quirks() {
  return kQuirks;
}

void apply_quirks(const QuirkPlace& place) {
  for (const Quirk& quirk : kQuirks)
    if (quirk.applies(place)) quirk.patch(place);
}

}  // namespace vireo::vfio
