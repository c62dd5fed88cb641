#include "pci/platform_functions.h"

#include "vmm/platform/memory_map.h"

namespace vireo::pci {
namespace {

// Intel 3 Series Express chipset datasheet 5.1.13: PCIEXBAR. Bit 0 enables; 35:28 are the address, and below them as
// many as the number of buses leaves.
constexpr uint64_t kPciexbarAddress = 0xf'fc000000;
constexpr uint32_t kPciexbarEnable = 1;
constexpr uint32_t kPciexbarLength = 3 << 1;  // 0: 256 buses, 1: 128, 2: 64
constexpr uint64_t kPciexbarWritable = kPciexbarAddress | kPciexbarLength | kPciexbarEnable;

// Intel ICH9 datasheet 13.1.
constexpr uint16_t kPmbase = 0x40;       // bit 0: I/O space indicator
constexpr uint16_t kAcpiControl = 0x44;  // bit 7 enables PMBASE; SCI on IRQ 9
constexpr uint16_t kPirqAToD = 0x60;
constexpr uint16_t kPirqEToH = 0x68;
constexpr uint32_t kPirqFields = 0x8f8f8f8f;
constexpr uint32_t kPirqOff = 0x80808080;  // routed nowhere

}  // namespace

HostBridge::HostBridge(platform::IoHandler& ecam) : PciFunction("host-bridge"), ecam_(ecam) {
  config_.set(kVendorId, 4, 0x29c0'8086);
  config_.set(kClassCode, 3, 0x060000);
  config_.set(kSubsystemVendor, 4, 0x1100'1af4);
  config_.define(kCommandRegister);
  config_.set(kPciexbar, 4, static_cast<uint32_t>(platform::kEcamStart.value()) | kPciexbarEnable);
  config_.set_writable(kPciexbar, 4, static_cast<uint32_t>(kPciexbarWritable));
  config_.set_writable(kPciexbar + 4, 4, kPciexbarWritable >> 32);
  config_.seal();
}

ConfigEffects HostBridge::write_config(uint16_t offset, unsigned width, uint32_t value) noexcept {
  ConfigEffects effects = PciFunction::write_config(offset, width, value);
  effects.decode = effects.decode || touches(offset, width, kPciexbar, 8);
  return effects;
}

void HostBridge::read_bar(unsigned, uint64_t offset, std::span<uint8_t> data) noexcept {
  ecam_.read(offset, data);
}

BarEffects HostBridge::write_bar(unsigned, uint64_t offset, std::span<const uint8_t> data) noexcept {
  ecam_.write(offset, data);
  return {};
}

std::vector<DecodedBar> HostBridge::decode() const {
  const auto range = ecam_range(config_.read(kPciexbar, 4) | uint64_t{config_.read(kPciexbar + 4, 4)} << 32);
  if (!range) return {};
  return {{.bar = 0, .io = false, .address = range->start().value(), .size = range->size()}};
}

std::optional<base::GuestRange> ecam_range(uint64_t pciexbar) {
  const uint64_t length = (pciexbar & kPciexbarLength) >> 1;
  if ((pciexbar & kPciexbarEnable) == 0 || length == 3) return std::nullopt;  // 3 is reserved
  const uint64_t size = platform::kEcamSize >> length;
  return base::GuestRange::make(base::GuestAddress(pciexbar & kPciexbarAddress & ~(size - 1)), size);
}

LpcBridge::LpcBridge() : PciFunction("lpc-bridge") {
  config_.set(kVendorId, 4, 0x2918'8086);
  config_.set(kRevision, 1, 2);
  config_.set(kClassCode, 3, 0x060100);
  config_.define(kCommandRegister);
  config_.set(kPmbase, 4, platform::kPmBase | 1);
  config_.set(kAcpiControl, 1, 0x80);
  config_.set(kPirqAToD, 4, kPirqOff);
  config_.set(kPirqEToH, 4, kPirqOff);
  config_.set_writable(kPirqAToD, 4, kPirqFields);
  config_.set_writable(kPirqEToH, 4, kPirqFields);
  config_.seal();
}

}  // namespace vireo::pci
