#include "pci/capability_list.h"

#include <bitset>

#include "pci/config_space.h"
#include "pci/standard.h"

namespace vireo::pci {
namespace {

uint32_t load32(std::span<const uint8_t> config, uint16_t offset) {
  return static_cast<uint32_t>(config[offset] | config[offset + 1] << 8 | config[offset + 2] << 16) |
         static_cast<uint32_t>(config[offset + 3]) << 24;
}

}  // namespace

const Capability* CapabilityChain::find(uint16_t id) const {
  for (const Capability& capability : found)
    if (capability.id == id) return &capability;
  return nullptr;
}

CapabilityChain walk_capabilities(std::span<const uint8_t> config) {
  CapabilityChain chain;
  if (config.size() < kConfigSize || (config[kStatus] & kStatusCapabilities) == 0) return chain;
  std::bitset<kConfigSize / 4> visited;
  for (uint8_t at = config[kCapabilityPointer] & 0xfc; at != 0; at = config[at + 1u] & 0xfc) {
    if (at < kFirstCapability || visited[at / 4u]) {
      chain.broken = true;
      return chain;
    }
    visited[at / 4u] = true;
    chain.found.push_back({.id = config[at], .offset = at});
  }
  return chain;
}

CapabilityChain walk_extended_capabilities(std::span<const uint8_t> config) {
  CapabilityChain chain;
  if (config.size() < kExtendedConfigSize) return chain;
  std::bitset<kExtendedConfigSize / 4> visited;
  uint16_t at = kFirstExtendedCapability;
  while (at != 0) {
    if (at < kFirstExtendedCapability || visited[at / 4u]) {
      chain.broken = true;
      return chain;
    }
    visited[at / 4u] = true;
    const uint32_t header = load32(config, at);
    // An absent list reads zero or all-ones. PCIe 6.0 7.6.2.
    if (header == 0 || header == ~uint32_t{0}) {
      chain.broken = at != kFirstExtendedCapability;
      return chain;
    }
    chain.found.push_back(
        {.id = static_cast<uint16_t>(header), .offset = at, .version = static_cast<uint8_t>((header >> 16) & 0xf)});
    at = static_cast<uint16_t>(header >> 20) & 0xffc;
  }
  return chain;
}

}  // namespace vireo::pci
