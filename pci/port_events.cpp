#include "pci/port_events.h"

#include "pci/capability_registers.h"

namespace vireo::pci {
namespace {

constexpr uint32_t kMsiEnable = 1;
constexpr uint32_t kFatalEnable = 1u << 2;  // Root Error Command, PCIe 6.0 7.8.4.9

constexpr uint16_t at(uint16_t base, uint16_t offset) {
  return static_cast<uint16_t>(base + offset);
}

}  // namespace

void PortEvents::add_slot_events(uint32_t bits) noexcept {
  const uint16_t status = at(at_.express, kSlotStatus);
  config_.set(status, 2, config_.read(status, 2) | bits);
  update();
}

// The first one's source stays until the driver has seen it. PCIe 6.0 7.8.4.10, 7.8.4.11.
bool PortEvents::add_fatal_error(uint16_t source) noexcept {
  if (at_.aer == 0) return false;
  const uint16_t status = at(at_.aer, kRootErrorStatus);
  const uint32_t before = config_.read(status, 4);
  const bool first = (before & kErrorReceived) == 0;
  if (first) config_.set(at(at_.aer, kErrorSource), 4, uint32_t{source} << 16);
  config_.set(status, 4, before | kFatalErrorReceived | (first ? kErrorReceived | kFirstErrorFatal : kErrorsReceived));
  update();
  return (config_.read(at(at_.aer, kRootErrorCommand), 4) & kFatalEnable) != 0;
}

bool PortEvents::slot_asserted() const noexcept {
  constexpr uint32_t kSamePlace = 0x1f;
  const uint32_t control = config_.read(at(at_.express, kSlotControl), 2);
  const uint32_t status = config_.read(at(at_.express, kSlotStatus), 2);
  const bool link = (control & kSlotLinkChangedEnable) != 0 && (status & kSlotLinkChanged) != 0;
  return (control & kSlotInterruptEnable) != 0 && ((control & status & kSamePlace) != 0 || link);
}

// Fatal errors are the only ones that are reported.
bool PortEvents::error_asserted() const noexcept {
  if (at_.aer == 0) return false;
  return (config_.read(at(at_.aer, kRootErrorCommand), 4) & kFatalEnable) != 0 &&
         (config_.read(at(at_.aer, kRootErrorStatus), 4) & kFatalErrorReceived) != 0;
}

void PortEvents::update() noexcept {
  const bool slot = slot_asserted();
  const bool error = error_asserted();
  const bool comes = (slot && !slot_was_) || (error && !error_was_);
  slot_was_ = slot;
  error_was_ = error;
  if (comes) send();
}

void PortEvents::send() noexcept {
  if (router_ == nullptr || (config_.read(at(at_.msi, kMsiControlRegister.offset), 2) & kMsiEnable) == 0) return;
  const uint64_t upper = config_.read(at(at_.msi, kMsiAddressUpperRegister.offset), 4);
  router_->send_msi({.address = upper << 32 | config_.read(at(at_.msi, kMsiAddressRegister.offset), 4),
                     .data = config_.read(at(at_.msi, kMsiDataRegister.offset), 2)},
                    requester_);
}

}  // namespace vireo::pci
