// Configuration accesses of a passed-through function.
#include <array>

#include "pci/capability_registers.h"
#include "vfio/passthrough_function.h"
#include "vmm/base/bits.h"

namespace vireo::vfio {
namespace {

constexpr uint32_t kInitiateFlr = 1 << 15;  // Device Control, PCIe 6.0 7.5.3.4

}  // namespace

uint32_t PassthroughFunction::read_config(uint16_t offset, unsigned width) noexcept {
  uint32_t value = config_.read(offset, width);
  read_passed(offset, width, value);
  read_msi_pending(offset, width, value);
  read_interrupt_status(offset, width, value);
  return value;
}

// PCIe 6.0 7.7.1.8: the bits of masked vectors that fired.
void PassthroughFunction::read_msi_pending(uint16_t offset, unsigned width, uint32_t& value) noexcept {
  const uint16_t at = findings_.msi.pending();
  if (findings_.msi.offset == 0 || !findings_.msi.maskable || !pci::touches(offset, width, at, 4)) return;
  const uint64_t bits = uint64_t{interrupts_.msi_pending()} << 32 >> (8 * (offset - at + 4));
  value |= static_cast<uint32_t>(bits & base::all_ones(width));
}

// PCIe 6.0 7.5.1.1.4: whether INTx is asked for, which drivers that share a line look at. It is the device's to say.
void PassthroughFunction::read_interrupt_status(uint16_t offset, unsigned width, uint32_t& value) noexcept {
  if (findings_.interrupt_pin == 0 || !pci::touches(offset, width, pci::kStatus, 1)) return;
  std::array<uint8_t, 1> status = {};
  device_->read(kConfigRegion, pci::kStatus, status);
  value |= (status[0] & pci::kStatusInterrupt) << (8 * (pci::kStatus - offset));
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
  if (findings_.msix.offset != 0 && pci::touches(offset, width, msix_at, 2))
    interrupts_.set_msix_control(config_.read(msix_at, 2));
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
// follows its own bits. Bus mastering is the guest's, and INTx where there is one.
void PassthroughFunction::apply_command() noexcept {
  constexpr uint32_t kGuests =
      pci::kCommandBusMaster | pci::kCommandParity | pci::kCommandSerr | pci::kCommandIntxDisable;
  uint32_t host = (config_.read(pci::kCommand, 2) & kGuests) | pci::kCommandMemory | pci::kCommandIo;
  if (findings_.interrupt_pin == 0) host |= pci::kCommandIntxDisable;
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
  const MsiLayout& layout = findings_.msi;
  const uint64_t low = config_.read(static_cast<uint16_t>(layout.offset + 4), 4);
  const uint64_t high = layout.is_64bit ? config_.read(static_cast<uint16_t>(layout.offset + 8), 4) : 0;
  interrupts_.set_msi({.control = config_.read(static_cast<uint16_t>(layout.offset + 2), 2),
                       .address = high << 32 | low,
                       .data = config_.read(layout.data(), 2),
                       .mask = layout.maskable ? config_.read(layout.mask(), 4) : 0});
}

}  // namespace vireo::vfio
