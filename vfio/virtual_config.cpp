#include "vfio/virtual_config.h"

#include <algorithm>
#include <cstring>

#include "pci/capability_list.h"
#include "pci/capability_registers.h"
#include "pci/standard.h"
#include "vfio/quirks.h"

namespace vireo::vfio {
namespace {

using base::Error;
using base::ExitCode;
using pci::Capability;
using pci::CapabilityId;
using pci::ExtendedCapabilityId;

constexpr unsigned kVpdSize = 8;            // PCIe 6.0 7.9.18
constexpr unsigned kSerialNumberSize = 12;  // PCIe 6.0 7.9.3

// The device's bytes as they were at start.
class Image {
 public:
  explicit Image(DeviceIo& device) {
    const uint64_t size = std::min<uint64_t>(device.region(kConfigRegion).size, bytes_.size());
    size_ = size >= pci::kExtendedConfigSize ? pci::kExtendedConfigSize : pci::kConfigSize;
    if (size < pci::kConfigSize)
      throw Error(ExitCode::kDevice, device.address() + ": VFIO shows no configuration space of it",
                  "see the kernel's log: dmesg | grep " + device.address());
    if (!device.read(kConfigRegion, 0, {bytes_.data(), size_}))
      throw base::SystemError(ExitCode::kDevice, device.address() + ": its configuration space cannot be read", errno,
                              "see the kernel's log: dmesg | grep " + device.address());
    if (load(pci::kVendorId, 2) == 0xffff)
      throw Error(ExitCode::kDevice, device.address() + ": the device does not answer (its vendor id reads 0xffff)",
                  "it may be in D3cold or gone: remove and rescan it, or reset its slot");
  }

  uint32_t load(unsigned offset, unsigned width) const {
    uint32_t value = 0;
    for (unsigned i = 0; i < width && offset + i < bytes_.size(); ++i) value |= uint32_t{bytes_[offset + i]} << (8 * i);
    return value;
  }
  std::span<const uint8_t> bytes() const { return {bytes_.data(), size_}; }

 private:
  std::array<uint8_t, pci::kExtendedConfigSize> bytes_ = {};
  size_t size_ = 0;
};

// Where a capability's bytes end at the latest: at the next one, or at the end of its space.
unsigned end_of(const pci::CapabilityChain& chain, const Capability& capability, unsigned end_of_space) {
  unsigned end = end_of_space;
  for (const Capability& other : chain.found)
    if (other.offset > capability.offset) end = std::min<unsigned>(end, other.offset);
  return end;
}

class Builder {
 public:
  Builder(DeviceIo& device, const ConfigWishes& wishes, pci::ConfigSpace& config)
      : device_(device), wishes_(wishes), config_(config), image_(device) {}

  ConfigFindings build() {
    header();
    bars();
    capabilities();
    extended_capabilities();
    apply_quirks({.device = image_.bytes(), .wishes = wishes_, .config = config_, .findings = findings_});
    return findings_;
  }

 private:
  void copy(unsigned offset, unsigned size) {
    for (unsigned i = offset; i < offset + size && i < pci::kExtendedConfigSize; ++i)
      config_.set(static_cast<uint16_t>(i), 1, image_.load(i, 1));
  }

  void header() {
    copy(pci::kVendorId, 4);
    copy(pci::kRevision, 4);
    copy(pci::kSubsystemVendor, 4);
    config_.define(pci::kCommandRegister);
    config_.define(pci::kStatusRegister);
    config_.define(pci::kCacheLineSizeRegister);
    config_.define(pci::kInterruptLineRegister);
    // Each function is the only one behind its port.
    config_.set(pci::kHeaderType, 1, 0);
    const uint32_t pin = image_.load(pci::kInterruptPin, 1);
    if (pin == 0 || pin > 4 || device_.irq(IrqIndex::kIntx).count == 0) return;
    findings_.interrupt_pin = pin;
    config_.set(pci::kInterruptPin, 1, pin);
  }

  // Sizes from the regions, types from the registers: VFIO shows a VF's there too.
  void bars() {
    for (unsigned i = 0; i < pci::kRomIndex; ++i) {
      const uint64_t size = device_.region(i).size;
      if (size == 0) continue;
      const uint32_t type = image_.load(pci::bar_register(i), 4);
      const bool is_64bit = (type & 7) == 4 && i + 1 < pci::kRomIndex;
      const auto kind = (type & 1) ? pci::BarKind::kIo : is_64bit ? pci::BarKind::kMemory64 : pci::BarKind::kMemory32;
      findings_.bars[i] = {.kind = kind, .size = size, .prefetchable = (type & 1) == 0 && (type & 8) != 0};
      if (is_64bit) ++i;
    }
  }

  void capabilities() {
    const pci::CapabilityChain chain = pci::walk_capabilities(image_.bytes());
    uint16_t link = pci::kCapabilityPointer;
    for (const Capability& capability : chain.found) {
      const Policy policy = capability_policy(capability.id, wishes_.capabilities);
      if (policy == Policy::kHide) continue;
      if (policy == Policy::kEmulate && !emulate(capability, end_of(chain, capability, pci::kConfigSize))) continue;
      config_.set(capability.offset, 1, capability.id);
      config_.set(link, 1, capability.offset);
      link = static_cast<uint16_t>(capability.offset + 1);
      if (policy == Policy::kPass)
        pass_registers(capability, 2, length(capability), end_of(chain, capability, pci::kConfigSize));
    }
    config_.set(link, 1, 0);
  }

  void extended_capabilities() {
    const pci::CapabilityChain chain = pci::walk_extended_capabilities(image_.bytes());
    uint16_t previous = 0;
    for (const Capability& capability : chain.found) {
      if (extended_capability_policy(capability.id, wishes_.capabilities) != Policy::kPass) continue;
      // The list starts at 0x100; where that one is hidden a header without an id leads on. PCIe 6.0 7.6.2.
      if (previous == 0 && capability.offset != pci::kFirstExtendedCapability)
        config_.set(pci::kFirstExtendedCapability, 4, uint32_t{capability.offset} << 20);
      config_.set(capability.offset, 4, capability.id | uint32_t{capability.version} << 16);
      if (previous != 0)
        config_.set(static_cast<uint16_t>(previous + 2), 2, capability.offset << 4 | version(previous));
      previous = capability.offset;
      pass_registers(capability, 4, extended_length(capability), end_of(chain, capability, pci::kExtendedConfigSize));
    }
  }

  uint32_t version(uint16_t offset) const { return config_.read(static_cast<uint16_t>(offset + 2), 2) & 0xf; }

  // What is behind a capability's own registers is nobody's: VFIO would let a store there through to the device. What
  // we know no length of ends where the next one begins.
  unsigned length(const Capability& capability) const {
    if (static_cast<CapabilityId>(capability.id) == CapabilityId::kVpd) return kVpdSize;
    if (static_cast<CapabilityId>(capability.id) != CapabilityId::kVendorSpecific) return pci::kConfigSize;
    return image_.load(capability.offset + 2u, 1);  // its third byte. PCIe 6.0 7.9.4.
  }
  unsigned extended_length(const Capability& capability) const {
    if (static_cast<ExtendedCapabilityId>(capability.id) == ExtendedCapabilityId::kSerialNumber)
      return kSerialNumberSize;
    if (static_cast<ExtendedCapabilityId>(capability.id) != ExtendedCapabilityId::kVendorSpecific)
      return pci::kExtendedConfigSize;
    return image_.load(capability.offset + 4u, 4) >> 20;  // VSEC Length. PCIe 6.0 7.9.5.2.
  }

  // All but the header, which links the chain.
  void pass_registers(const Capability& capability, unsigned header, unsigned size, unsigned end) {
    end = std::min(capability.offset + size, end);
    for (unsigned i = capability.offset + header; i < end; ++i) findings_.passed.set(i);
  }

  bool emulate(const Capability& capability, unsigned end) {
    switch (static_cast<CapabilityId>(capability.id)) {
      case CapabilityId::kPowerManagement:
        return power_management(capability.offset);
      case CapabilityId::kMsi:
        return msi(capability.offset);
      case CapabilityId::kMsix:
        return msix(capability.offset);
      case CapabilityId::kExpress:
        return express(capability.offset, end);
      default:
        return false;
    }
  }

  // PCIe 6.0 7.5.2: no PME, no data register; the state bits are ours.
  bool power_management(uint16_t at) {
    findings_.power_management = at;
    findings_.no_soft_reset = (image_.load(at + 4u, 2) & 8) != 0;
    config_.define(pci::kPmCapabilitiesRegister, at);
    config_.define(pci::kPmControlRegister, at, findings_.no_soft_reset ? 8 : 0);
    return true;
  }

  bool msi(uint16_t at) {
    const uint32_t control = image_.load(at + 2u, 2);
    const unsigned exponent = std::min((control >> 1) & 7, 5u);
    const MsiLayout layout{
        .offset = at, .is_64bit = (control & 0x80) != 0, .maskable = (control & 0x100) != 0, .vectors = 1u << exponent};
    if ((layout.maskable ? layout.pending() + 4 : layout.data() + 2) > pci::kConfigSize) return false;
    findings_.msi = layout;
    config_.set(static_cast<uint16_t>(at + 2), 2, exponent << 1 | (control & 0x180));
    config_.set_writable(static_cast<uint16_t>(at + 2), 2, 0x71);
    config_.set_writable(static_cast<uint16_t>(at + 4), 4, ~uint32_t{3});
    if (layout.is_64bit) config_.set_writable(static_cast<uint16_t>(at + 8), 4, ~uint32_t{0});
    config_.set_writable(layout.data(), 2, 0xffff);
    if (layout.maskable)
      config_.set_writable(layout.mask(), 4, static_cast<uint32_t>((uint64_t{1} << layout.vectors) - 1));
    return true;
  }

  bool msix(uint16_t at) {
    const uint32_t table = image_.load(at + 4u, 4);
    const uint32_t pba = image_.load(at + 8u, 4);
    MsixLayout layout{.offset = at,
                      .vectors = (image_.load(at + 2u, 2) & 0x7ff) + 1,
                      .table_bar = table & 7,
                      .table_offset = table & ~7u,
                      .pba_bar = pba & 7,
                      .pba_offset = pba & ~7u,
                      .own_pba_bar = pba & 7,
                      .own_pba_offset = pba & ~7u};
    const auto inside = [this](unsigned bar, uint64_t offset, uint64_t size) {
      return bar < pci::kRomIndex && offset <= findings_.bars[bar].size && size <= findings_.bars[bar].size - offset;
    };
    // A table outside its BAR cannot be used: such a capability is none.
    if (!inside(layout.table_bar, layout.table_offset, uint64_t{layout.vectors} * 16) ||
        !inside(layout.pba_bar, layout.pba_offset, layout.pba_size()))
      return false;
    if (wishes_.msix_bar) relocate(layout);
    findings_.msix = layout;
    config_.set(static_cast<uint16_t>(at + 2), 2, layout.vectors - 1);
    config_.set_writable(static_cast<uint16_t>(at + 2), 2, kMsixEnable | kMsixFunctionMask);
    config_.set(static_cast<uint16_t>(at + 4), 4, static_cast<uint32_t>(layout.table_offset | layout.table_bar));
    config_.set(static_cast<uint16_t>(at + 8), 4, static_cast<uint32_t>(layout.pba_offset | layout.pba_bar));
    return true;
  }

  // To a BAR of its own, so that no other register of the device shares a page with what must trap.
  void relocate(MsixLayout& layout) {
    const uint64_t size = msix_bar_size(layout.vectors);
    layout.relocated = true;
    layout.table_bar = layout.pba_bar = *wishes_.msix_bar;
    layout.table_offset = 0;
    layout.pba_offset = size / 2;
    findings_.bars.at(layout.table_bar) = {.kind = pci::BarKind::kMemory32, .size = size};
  }

  // The registers as the device has them, of an endpoint; what a guest stores stays in the image.
  // Version 1 is shorter than version 2: it ends where the next capability begins.
  bool express(uint16_t at, unsigned end) {
    if (end - at < pci::kExpressVersion1Size) return false;
    findings_.express = at;
    copy(at + 2u, std::min<unsigned>(pci::kExpressSize, end - at) - 2);
    const uint32_t capabilities = image_.load(at + 2u, 2);
    config_.set(static_cast<uint16_t>(at + 2), 2, capabilities & 0x0f);      // endpoint, no slot
    config_.set(static_cast<uint16_t>(at + pci::kDeviceControl + 2), 2, 0);  // no errors yet
    // All of Device Control but the FLR bit, which reads zero. PCIe 6.0 7.5.3.4.
    config_.set_writable(static_cast<uint16_t>(at + pci::kDeviceControl), 2, 0x7fff);
    if (end - at >= pci::kLinkStatus + 2u) express_link(at);
    if ((capabilities & 0xf) >= 2 && end - at >= 0x2a) express_version2(at);
    return true;
  }

  // As the device has it; one that is integrated into the host's root complex has no link, but here sits behind a port.
  // PCIe 6.0 7.5.3.6, 7.5.3.8.
  void express_link(uint16_t at) {
    constexpr uint32_t kSpeed = 0xf;
    constexpr uint32_t kWidth = 0x3f0;
    constexpr uint32_t kOneLaneAt2500 = 0x11;
    config_.set_writable(static_cast<uint16_t>(at + pci::kLinkControl), 2, 0x01c3);
    const auto capabilities = static_cast<uint16_t>(at + pci::kLinkCapabilities);
    const uint32_t own = image_.load(capabilities, 4);
    if ((own & kSpeed) != 0 && (own & kWidth) != 0) return;
    config_.set(capabilities, 4, (own & ~(kSpeed | kWidth)) | kOneLaneAt2500);
    config_.set(static_cast<uint16_t>(at + pci::kLinkStatus), 2, kOneLaneAt2500);
  }

  // What needs the consent of each port above is not offered: vireo's ports have none of it. PCIe 6.0 7.5.3.15.
  void express_version2(uint16_t at) {
    constexpr uint32_t kNeedsConsent = 7u << 21      // end-to-end TLP prefixes
                                       | 3u << 16    // 10-bit tags
                                       | 3u << 18    // OBFF
                                       | 1u << 11    // LTR
                                       | 0xfu << 6;  // AtomicOp routing, 32, 64 and 128-bit completion
    const auto capabilities2 = static_cast<uint16_t>(at + 0x24);
    config_.set(capabilities2, 4, image_.load(capabilities2, 4) & ~kNeedsConsent);
    constexpr uint32_t kControl = 0x831f;  // no ARI forwarding, AtomicOps, LTR, 10-bit tags, OBFF
    config_.set(static_cast<uint16_t>(at + 0x28), 2, image_.load(at + 0x28u, 2) & kControl);
    config_.set_writable(static_cast<uint16_t>(at + 0x28), 2, kControl);
  }

  DeviceIo& device_;
  const ConfigWishes& wishes_;
  pci::ConfigSpace& config_;
  Image image_;
  ConfigFindings findings_;
};

}  // namespace

ConfigFindings build_virtual_config(DeviceIo& device, const ConfigWishes& wishes, pci::ConfigSpace& config) {
  return Builder(device, wishes, config).build();
}

}  // namespace vireo::vfio
