// Configuration accesses of a passed-through function.
#include <array>

#include "pci/capability_registers.h"
#include "vfio/passthrough_function.h"

namespace vireo::vfio {
namespace {

constexpr uint32_t kInitiateFlr = 1 << 15;  // Device Control, PCIe 6.0 7.5.3.4

}  // namespace

uint32_t PassthroughFunction::read_config(uint16_t offset, unsigned width) noexcept {
  uint32_t value = config_.read(offset, width);
  read_passed(offset, width, value);
  read_msi_pending(offset, width, value);
  return value;
}

// PCIe 6.0 7.7.1.8: the bits of masked vectors that fired.
void PassthroughFunction::read_msi_pending(uint16_t offset, unsigned width, uint32_t& value) noexcept {
  const uint16_t at = findings_.msi.pending();
  if (!msi_ || !findings_.msi.maskable || !pci::touches(offset, width, at, 4)) return;
  const std::lock_guard lock(interrupt_mutex_);
  for (unsigned i = 0; i < msi_->size(); ++i) {
    const int bit = 8 * (at - offset) + static_cast<int>(i);
    if (bit >= 0 && bit < static_cast<int>(8 * width) && msi_->pending(i)) value |= 1u << bit;
  }
}

// Bytes that belong to the device replace those of the image.
void PassthroughFunction::read_passed(uint16_t offset, unsigned width, uint32_t& value) noexcept {
  uint32_t mask = 0;
  for (unsigned i = 0; i < width; ++i)
    if (offset + i < findings_.passed.size() && findings_.passed[offset + i]) mask |= 0xffu << (8 * i);
  if (mask == 0) return;
  std::array<uint8_t, 4> data;
  data.fill(0xff);
  device_->read(kConfigRegion, offset, std::span(data).first(width));
  uint32_t device_value = 0;
  for (unsigned i = 0; i < width; ++i) device_value |= uint32_t{data[i]} << (8 * i);
  value = (value & ~mask) | (device_value & mask);
}

// A store reaches the device whole, where all its bytes are the device's: registers there have side effects.
void PassthroughFunction::write_passed(uint16_t offset, unsigned width, uint32_t value) noexcept {
  for (unsigned i = 0; i < width; ++i)
    if (offset + i >= findings_.passed.size() || !findings_.passed[offset + i]) return;
  std::array<uint8_t, 4> data;
  for (unsigned i = 0; i < width; ++i) data[i] = static_cast<uint8_t>(value >> (8 * i));
  device_->write(kConfigRegion, offset, std::span(data).first(width));
}

pci::ConfigEffects PassthroughFunction::write_config(uint16_t offset, unsigned width, uint32_t value) noexcept {
  const auto power_at = static_cast<uint16_t>(findings_.power_management + 4);
  const auto flr_at = static_cast<uint16_t>(findings_.express + pci::kDeviceControl);
  const uint32_t power_before = config_.read(power_at, 2) & pci::kPowerStateMask;
  pci::ConfigEffects effects = PciFunction::write_config(offset, width, value);
  write_passed(offset, width, value);
  if (pci::touches(offset, width, pci::kCommand, 2)) apply_command();
  if (findings_.power_management != 0 && pci::touches(offset, width, power_at, 2)) {
    refuse_power_state(power_before);
    after_power_change(power_before);
    effects.decode = true;
  }
  const auto msix_at = static_cast<uint16_t>(findings_.msix.offset + 2);
  if (findings_.msix.offset != 0 && pci::touches(offset, width, msix_at, 2)) {
    msix_control_ = config_.read(msix_at, 2);
    apply_msix(0, findings_.msix.vectors);
  }
  if (findings_.msi.offset != 0 && pci::touches(offset, width, findings_.msi.offset, 24)) apply_msi();
  // The bit is in the store's upper byte, of whatever width.
  if (findings_.express != 0 && pci::touches(offset, width, static_cast<uint16_t>(flr_at + 1), 1) &&
      ((value >> (8 * (flr_at + 1 - offset))) & (kInitiateFlr >> 8)) != 0) {
    reset();
    effects.decode = true;
  }
  return effects;
}

// At the host memory and I/O stay enabled: VFIO takes mappings away otherwise, and what is mapped in the guest
// follows its own bits. Bus mastering is the guest's.
void PassthroughFunction::apply_command() noexcept {
  const uint32_t guest = config_.read(pci::kCommand, 2);
  const uint32_t host = (guest & (pci::kCommandBusMaster | pci::kCommandParity | pci::kCommandSerr)) |
                        pci::kCommandMemory | pci::kCommandIo | pci::kCommandIntxDisable;
  const std::array data{static_cast<uint8_t>(host), static_cast<uint8_t>(host >> 8)};
  device_->write(kConfigRegion, pci::kCommand, data);
}

// D1 and D2, which we do not offer, are discarded. PCIe 6.0 7.5.2.2.
void PassthroughFunction::refuse_power_state(uint32_t before) noexcept {
  const auto at = static_cast<uint16_t>(findings_.power_management + 4);
  const uint32_t now = config_.read(at, 1);
  if ((now & pci::kPowerStateMask) == 1 || (now & pci::kPowerStateMask) == 2)
    config_.set(at, 1, (now & ~pci::kPowerStateMask) | before);
}

// Leaving D3hot without NoSoftReset is a reset of the function. PCIe 6.0 5.3.1.4.
void PassthroughFunction::after_power_change(uint32_t before) noexcept {
  const auto at = static_cast<uint16_t>(findings_.power_management + 4);
  const uint32_t now = config_.read(at, 2) & pci::kPowerStateMask;
  if (before == 3 && now == 0 && !findings_.no_soft_reset) reset();
}

void PassthroughFunction::apply_msi() noexcept {
  if (!msi_) return;
  const std::lock_guard lock(interrupt_mutex_);
  const MsiLayout& layout = findings_.msi;
  const uint32_t control = config_.read(static_cast<uint16_t>(layout.offset + 2), 2);
  const unsigned count = std::min(1u << ((control >> 4) & 7), layout.vectors);
  const bool enabled = (control & kMsiEnable) != 0;
  const uint64_t low = config_.read(static_cast<uint16_t>(layout.offset + 4), 4);
  const uint64_t high = layout.is_64bit ? config_.read(static_cast<uint16_t>(layout.offset + 8), 4) : 0;
  const uint32_t data = config_.read(layout.data(), 2);
  const uint32_t mask = layout.maskable ? config_.read(layout.mask(), 4) : 0;
  for (unsigned i = 0; i < layout.vectors; ++i) {
    // Vector i has the low bits of the data replaced by its number. PCIe 6.0 7.7.1.5.
    const platform::MsiMessage message{.address = high << 32 | low, .data = (data & ~(count - 1)) | i};
    const bool delivers = enabled && i < count && (mask >> i & 1) == 0;
    msi_->want(i, delivers ? std::optional(message) : std::nullopt);
  }
  msi_->want_enabled(enabled ? count : 0);
  msi_->reconcile();
}

}  // namespace vireo::vfio
