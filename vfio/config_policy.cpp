#include "vfio/config_policy.h"

#include <array>
#include <span>

#include "pci/standard.h"

namespace vireo::vfio {
namespace {

using pci::CapabilityId;
using pci::ExtendedCapabilityId;

constexpr uint16_t id(CapabilityId value) {
  return static_cast<uint16_t>(value);
}
constexpr uint16_t id(ExtendedCapabilityId value) {
  return static_cast<uint16_t>(value);
}

// Source of the ids: PCI Code and ID Assignment specification 1.16, 2 and 3.
constexpr std::array kRows{
    PolicyRow{id(CapabilityId::kPowerManagement), Policy::kEmulate, "the host keeps the device in D0 while it is ours"},
    PolicyRow{id(CapabilityId::kVpd), Policy::kPass, "the kernel mediates the address register"},
    PolicyRow{id(CapabilityId::kMsi), Policy::kEmulate, "vectors are connected by VFIO_DEVICE_SET_IRQS"},
    PolicyRow{id(CapabilityId::kVendorSpecific), Policy::kPass, "drivers depend on it; it is the function's own"},
    PolicyRow{id(CapabilityId::kExpress), Policy::kEmulate, "type and link are those of the virtual place"},
    PolicyRow{id(CapabilityId::kMsix), Policy::kEmulate, "vectors are connected by VFIO_DEVICE_SET_IRQS"},
};

// SR-IOV, ARI, resizable BARs, ATS, PRI, PASID, ACS, virtual channels, AER and what else changes the fabric have no
// row: a guest has no business with them.
constexpr std::array kExtendedRows{
    PolicyRow{id(ExtendedCapabilityId::kSerialNumber), Policy::kPass, "read-only identity"},
    PolicyRow{id(ExtendedCapabilityId::kVendorSpecific), Policy::kPass, "drivers depend on it"},
};

Policy find(std::span<const PolicyRow> rows, uint16_t wanted) {
  for (const PolicyRow& row : rows)
    if (row.id == wanted) return row.policy;
  return Policy::kHide;
}

Policy replaced(const PolicyOverrides& overrides, bool extended, uint16_t wanted, Policy ours) {
  for (const PolicyOverride& row : overrides)
    if (row.extended == extended && row.id == wanted && (ours != Policy::kEmulate || row.policy == Policy::kHide))
      return row.policy;
  return ours;
}

}  // namespace

Policy capability_policy(uint16_t id, const PolicyOverrides& overrides) {
  return replaced(overrides, false, id, find(kRows, id));
}
Policy extended_capability_policy(uint16_t id, const PolicyOverrides& overrides) {
  return replaced(overrides, true, id, find(kExtendedRows, id));
}

}  // namespace vireo::vfio
