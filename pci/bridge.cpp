#include "pci/bridge.h"

#include <utility>

#include <algorithm>

#include "vmm/platform/memory_map.h"

namespace vireo::pci {
namespace {

constexpr uint16_t kPmAt = 0x40;
constexpr uint16_t kMsiAt = 0x48;
constexpr uint16_t kSubsystemAt = 0x58;
constexpr uint16_t kExpressAt = 0x60;
constexpr uint16_t kAerAt = kFirstExtendedCapability;
constexpr uint16_t kAcsAt = kAerAt + 0x48;
static_assert(kAerAt + kAerSize <= kAcsAt);
static_assert(kPmAt + kPowerManagementSize <= kMsiAt && kMsiAt + kMsiSize <= kSubsystemAt &&
              kSubsystemAt + kBridgeSubsystemSize <= kExpressAt);

// The ids of generic ports that current kernels and pci.ids know: Red Hat's root port, TI's XIO3130 switch.
constexpr uint32_t ids(PortType type) {
  switch (type) {
    case PortType::kUpstream:
      return 0x8232'104c;
    case PortType::kDownstream:
      return 0x8233'104c;
    default:
      return 0x000c'1b36;
  }
}

constexpr bool has_aer(const PciBridge::Identity& identity) {
  return identity.reports_errors && identity.type == PortType::kRootPort;
}

// A window from registers that hold the upper bits of base and limit; empty when base > limit.
constexpr Window window(uint64_t base, uint64_t limit_start, uint64_t granularity) {
  limit_start = std::min(limit_start, platform::kAddressEnd - granularity);
  if (base > limit_start) return {};
  return {base, limit_start - base + granularity};
}

}  // namespace

PciBridge::PciBridge(std::string name, const Identity& identity)
    : PciFunction(std::move(name)),
      slot_(identity.type != PortType::kUpstream && identity.slot_number != 0),
      hot_plug_(slot_ && identity.hot_plug),
      reports_link_(identity.type != PortType::kUpstream),
      present_(identity.occupied),
      events_(config_, {.msi = kMsiAt, .express = kExpressAt, .aer = has_aer(identity) ? kAerAt : uint16_t{0}},
              identity.router, identity.requester) {
  define_header(identity);
  config_.set(kCapabilityPointer, 1, kPmAt);
  config_.set(kPmAt, 2, kMsiAt << 8 | static_cast<uint32_t>(CapabilityId::kPowerManagement));
  config_.define(kPmCapabilitiesRegister, kPmAt);
  config_.define(kPmControlRegister, kPmAt);
  config_.set(kMsiAt, 2, kSubsystemAt << 8 | static_cast<uint32_t>(CapabilityId::kMsi));
  for (const Register& reg : {kMsiControlRegister, kMsiAddressRegister, kMsiAddressUpperRegister, kMsiDataRegister})
    config_.define(reg, kMsiAt);
  config_.set(kSubsystemAt, 2, kExpressAt << 8 | static_cast<uint32_t>(CapabilityId::kSubsystemId));
  config_.set(kSubsystemAt + 4, 4, ids(identity.type));
  define_express(kExpressAt, identity);
  define_extended(identity);
  config_.seal();
}

// The first extended capability is at 0x100 always. PCIe 6.0 7.6.2.
void PciBridge::define_extended(const Identity& identity) {
  if (identity.type == PortType::kUpstream) return;
  const bool aer = has_aer(identity);
  const uint16_t acs = aer ? kAcsAt : kFirstExtendedCapability;
  if (aer) {
    config_.set(kAerAt, 4, uint32_t{kAcsAt} << 20 | 2u << 16 | static_cast<uint32_t>(ExtendedCapabilityId::kAer));
    for (const Register& reg : {kAerUncorrectableMaskRegister, kAerSeverityRegister, kAerCorrectableMaskRegister,
                                kRootErrorCommandRegister, kRootErrorStatusRegister})
      config_.define(reg, kAerAt);
  }
  config_.set(acs, 4, 1u << 16 | static_cast<uint32_t>(ExtendedCapabilityId::kAcs));
  config_.define(kAcsCapabilityRegister, acs);
  config_.define(kAcsControlRegister, acs);
}

void PciBridge::define_header(const Identity& identity) {
  config_.set(kVendorId, 4, ids(identity.type));
  config_.set(kClassCode, 3, 0x060400);
  config_.set(kHeaderType, 1, kHeaderTypeBridge);
  for (const Register& reg :
       {kCommandRegister, kStatusRegister, kCacheLineSizeRegister, kInterruptLineRegister, kPrimaryBusRegister,
        kSecondaryBusRegister, kSubordinateBusRegister, kIoBaseRegister, kIoLimitRegister, kSecondaryStatusRegister,
        kMemoryBaseRegister, kMemoryLimitRegister, kPrefetchableBaseRegister, kPrefetchableLimitRegister,
        kPrefetchableBaseUpperRegister, kPrefetchableLimitUpperRegister, kBridgeControlRegister})
    config_.define(reg);
}

void PciBridge::define_express(uint16_t at, const Identity& identity) {
  const bool downstream = identity.type != PortType::kUpstream;
  config_.set(at, 2, static_cast<uint32_t>(CapabilityId::kExpress));
  const uint32_t type = static_cast<uint32_t>(identity.type) << 4 | (slot_ ? 1u << 8 : 0);
  config_.define(kExpressCapabilitiesRegister, at, kExpressCapabilitiesRegister.reset() | type);
  for (const Register& reg :
       {kDeviceCapabilitiesRegister, kDeviceControlRegister, kDeviceStatusRegister, kLinkControlRegister,
        kDeviceControl2Register, kLinkCapabilities2Register, kLinkControl2Register})
    config_.define(reg, at);
  const uint32_t active_reporting = downstream ? 1u << 20 : 0;
  config_.define(kLinkCapabilitiesRegister, at,
                 kLinkCapabilitiesRegister.reset() | active_reporting | uint32_t{identity.port_number} << 24);
  const bool up = identity.occupied || !downstream;
  const uint32_t active = downstream && up ? 1u << 13 : 0;
  config_.define(kLinkStatusRegister, at, (up ? kLinkStatusRegister.reset() : 0) | active);
  if (slot_) {
    config_.define(kSlotCapabilitiesRegister, at,
                   uint32_t{identity.slot_number} << 19 | (hot_plug_ ? kSlotHotPlug : 0));
    config_.define(kSlotControlRegister, at);
    config_.define(kSlotStatusRegister, at, identity.occupied ? 1u << 6 : 0);
  }
  if (identity.type == PortType::kRootPort) {
    config_.define(kRootControlRegister, at);
    config_.define(kRootStatusRegister, at);
  }
  config_.define(kDeviceCapabilities2Register, at, downstream ? 1u << 5 : 0);
}

ConfigEffects PciBridge::write_config(uint16_t offset, unsigned width, uint32_t value) noexcept {
  const uint32_t before = config_.read(kBridgeControl, 2);
  const bool was_on = powered();
  config_.write(offset, width, value);
  const uint32_t after = config_.read(kBridgeControl, 2);
  const bool on = powered();
  // What is on its way to the host is reset there.
  const bool leaves = powered_off_ != nullptr;
  if (on != was_on) change_power(on);
  events_.update();
  return {.decode = on != was_on || touches(offset, width, kCommand, 2) ||
                    touches(offset, width, kPrimaryBus, 0x30 + 4 - kPrimaryBus),
          .reset_below = (was_on && !on && !leaves) || (~before & after & kBridgeControlReset) != 0};
}

bool PciBridge::powered() const noexcept {
  return !hot_plug_ || (config_.read(kExpressAt + kSlotControl, 2) & kSlotPowerOff) == 0;
}

void PciBridge::change_power(bool on) noexcept {
  show_slot();
  if (present_) events_.add_slot_events(kSlotLinkChanged);
  if (on) return;
  if (std::exchange(offer_when_off_, false)) events_.add_slot_events(kSlotButtonPressed);
  if (powered_off_ != nullptr) std::exchange(powered_off_, nullptr)->signal();
}

bool PciBridge::is_listened_to() const noexcept {
  constexpr uint32_t kListening = kSlotButtonPressed | kSlotInterruptEnable;
  return hot_plug_ && (config_.read(kExpressAt + kSlotControl, 2) & kListening) == kListening;
}

bool PciBridge::press_attention(const base::EventFd& powered_off) noexcept {
  if (!is_listened_to()) return false;
  if (!powered()) {
    powered_off.signal();
    return true;
  }
  powered_off_ = &powered_off;
  events_.add_slot_events(kSlotButtonPressed);
  return true;
}

void PciBridge::offer_again() noexcept {
  // A driver that is late takes the power away yet.
  offer_when_off_ = powered() && powered_off_ != nullptr;
  powered_off_ = nullptr;
  if (is_listened_to() && !powered()) events_.add_slot_events(kSlotButtonPressed);
}

// Link and presence as they are now. PCIe 6.0 7.5.3.8, 7.5.3.11.
void PciBridge::show_slot() noexcept {
  constexpr uint32_t kLinkActive = 1u << 13;
  constexpr uint32_t kPresent = 1u << 6;
  const auto link = static_cast<uint16_t>(kExpressAt + kLinkStatus);
  const auto slot = static_cast<uint16_t>(kExpressAt + kSlotStatus);
  const uint32_t active = present_ && powered() ? kLinkActive : 0;
  config_.set(link, 2, (config_.read(link, 2) & ~kLinkActive) | active);
  config_.set(slot, 2, (config_.read(slot, 2) & ~kPresent) | (present_ ? kPresent : 0));
}

void PciBridge::unplug() noexcept {
  if (!reports_link_) return;
  present_ = false;
  powered_off_ = nullptr;
  offer_when_off_ = false;
  show_slot();
  if (slot_) events_.add_slot_events(kSlotPresenceChanged | kSlotLinkChanged);
}

void PciBridge::reset() noexcept {
  PciFunction::reset();
  offer_when_off_ = false;
  if (reports_link_ && !present_) show_slot();
  events_.update();
}

Windows PciBridge::windows() const noexcept {
  const uint32_t command = config_.read(kCommand, 2);
  Windows open;
  if (command & kCommandIo)
    open.io = window((config_.read(kIoBase, 1) & 0xf0) << 8, (config_.read(kIoLimit, 1) & 0xf0) << 8, 0x1000);
  if ((command & kCommandMemory) == 0) return open;
  open.memory =
      window((config_.read(kMemoryBase, 2) & 0xfff0u) << 16, (config_.read(kMemoryLimit, 2) & 0xfff0u) << 16, 0x100000);
  const uint64_t base =
      uint64_t{config_.read(kPrefetchableBaseUpper, 4)} << 32 | (config_.read(kPrefetchableBase, 2) & 0xfff0u) << 16;
  const uint64_t limit =
      uint64_t{config_.read(kPrefetchableLimitUpper, 4)} << 32 | (config_.read(kPrefetchableLimit, 2) & 0xfff0u) << 16;
  open.prefetchable = window(base, limit, 0x100000);
  return open;
}

}  // namespace vireo::pci
