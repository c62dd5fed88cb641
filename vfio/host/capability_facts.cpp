#include "vfio/host/capability_facts.h"

#include "pci/capability_list.h"
#include "pci/config_space.h"
#include "pci/standard.h"
#include "vfio/host/sysfs_reader.h"

namespace vireo::host {
namespace {

// PCIe 6.0 7.7.1.2: Multiple Message Capable is a power of two; 6 and 7 are reserved.
unsigned msi_vectors(uint32_t control) {
  const uint32_t exponent = (control >> 1) & 7;
  return exponent > 5 ? 0 : 1u << exponent;
}

// PCIe 6.0 7.7.2.2 to 7.7.2.4.
MsixFacts msix_facts(uint32_t control, uint32_t table, uint32_t pba) {
  return {.vectors = (control & 0x7ff) + 1,
          .table_bar = table & 7,
          .table_offset = table & ~uint32_t{7},
          .pba_bar = pba & 7,
          .pba_offset = pba & ~uint32_t{7}};
}

}  // namespace

std::span<const uint8_t> bytes_of(std::string_view config) {
  return {reinterpret_cast<const uint8_t*>(config.data()), config.size()};
}

uint32_t load(std::span<const uint8_t> config, size_t offset, unsigned width) {
  if (offset + width > config.size()) return 0;
  uint32_t value = 0;
  for (unsigned i = 0; i < width; ++i) value |= static_cast<uint32_t>(config[offset + i]) << (8 * i);
  return value;
}

void add_capability_facts(std::string_view config, HostFacts& facts) {
  const auto bytes = bytes_of(config);
  const pci::CapabilityChain chain = pci::walk_capabilities(bytes);
  const auto find = [&](pci::CapabilityId id) { return chain.find(static_cast<uint16_t>(id)); };
  if (const pci::Capability* msi = find(pci::CapabilityId::kMsi))
    facts.msi_vectors = msi_vectors(load(bytes, msi->offset + 2u, 2));
  if (const pci::Capability* msix = find(pci::CapabilityId::kMsix))
    facts.msix = msix_facts(load(bytes, msix->offset + 2u, 2), load(bytes, msix->offset + 4u, 4),
                            load(bytes, msix->offset + 8u, 4));
  facts.has_express = find(pci::CapabilityId::kExpress) != nullptr;
}

std::optional<bool> reports_errors(const HostFacts& facts) {
  const std::string config = read_bytes(facts.path + "/config", pci::kExtendedConfigSize);
  if (config.size() < pci::kConfigSize) return std::nullopt;  // what an ordinary user gets
  return pci::walk_extended_capabilities(bytes_of(config))
             .find(static_cast<uint16_t>(pci::ExtendedCapabilityId::kAer)) != nullptr;
}

}  // namespace vireo::host
