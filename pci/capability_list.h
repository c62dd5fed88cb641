#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vireo::pci {

// One capability found in a configuration space.
struct Capability {
  uint16_t id = 0;
  uint16_t offset = 0;
  uint8_t version = 0;  // extended ones
};

// Walk the chain that starts at 0x34 / at 0x100. The one walker of the project: bounded, each offset visited once,
// range-checked; a chain that loops, points into the header or past the end stops there (`broken`).
// `config` has 256 or 4096 bytes; a shorter one yields nothing. Source: PCIe 6.0 7.5.1.1.11, 7.6.3.
struct CapabilityChain {
  std::vector<Capability> found;
  bool broken = false;

  // The first with that id, or nullptr.
  const Capability* find(uint16_t id) const;
};
CapabilityChain walk_capabilities(std::span<const uint8_t> config);
CapabilityChain walk_extended_capabilities(std::span<const uint8_t> config);

}  // namespace vireo::pci
