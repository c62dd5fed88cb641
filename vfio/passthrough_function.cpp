#include "vfio/passthrough_function.h"

#include <algorithm>
#include <bit>

#include "pci/capability_registers.h"
#include "vmm/base/bits.h"
#include "vmm/base/log.h"

namespace vireo::vfio {
PassthroughFunction::PassthroughFunction(std::string name, std::unique_ptr<DeviceIo> device,
                                         platform::InterruptRouter& router)
    : PciFunction(std::move(name)),
      device_(std::move(device)),
      findings_(build_virtual_config(*device_, config_)),
      table_(std::max(findings_.msix.vectors, 1u)) {
  for (unsigned i = 0; i < pci::kBars; ++i) define_bar(i, findings_.bars[i]);
  config_.seal();
  map_bars();
  // What the kernel lets us connect, which a broken device may say otherwise than its capability.
  if (findings_.msix.offset != 0 && device_->irq(IrqIndex::kMsix).count >= findings_.msix.vectors)
    msix_ = std::make_unique<VectorSet>(*device_, IrqIndex::kMsix, findings_.msix.vectors, router);
  if (findings_.msi.offset != 0 && device_->irq(IrqIndex::kMsi).count >= findings_.msi.vectors)
    msi_ = std::make_unique<VectorSet>(*device_, IrqIndex::kMsi, findings_.msi.vectors, router);
  connect_notifications();
  apply_command();
}

PassthroughFunction::~PassthroughFunction() = default;

void PassthroughFunction::map_bars() {
  for (unsigned i = 0; i < pci::kBars; ++i) {
    const pci::Bar& bar = findings_.bars[i];
    if (bar.kind == pci::BarKind::kNone || bar.kind == pci::BarKind::kIo) continue;
    std::vector<TrappedExtent> trapped;
    const MsixLayout& msix = findings_.msix;
    if (msix.offset != 0 && msix.table_bar == i) trapped.push_back({msix.table_offset, table_.size()});
    if (msix.offset != 0 && msix.pba_bar == i) trapped.push_back({msix.pba_offset, msix.pba_size()});
    for (const MappableArea& area : direct_areas(bar.size, device_->region(i).mappable, trapped)) {
      // Aligned to the BAR's size, so that the kernel can use huge mappings.
      const uint64_t alignment = std::min(std::bit_floor(area.size), base::kGiB);
      mappings_[i].push_back(device_->map(i, area, alignment));
      direct_[i].push_back({.offset = area.offset, .host = mappings_[i].back().address(), .size = area.size});
    }
  }
}

void PassthroughFunction::connect_notifications() {
  const auto connect = [this](IrqIndex index, const base::EventFd& event) {
    const std::array events{&event};
    // EINVAL: the device has none.
    if (const int error = device_->set_irqs(index, 0, events); error < 0 && error != -EINVAL)
      spdlog::warn("[{} -> {}] no notification {}: {}", device_->address(), name(), static_cast<int>(index),
                   base::errno_text(-error));
  };
  connect(IrqIndex::kError, error_event_);
  connect(IrqIndex::kRequest, request_event_);
}

std::span<const pci::DirectRegion> PassthroughFunction::direct_regions(unsigned bar) const noexcept {
  return direct_[bar];
}

bool PassthroughFunction::may_decode() const noexcept {
  const uint16_t at = findings_.power_management;
  return at == 0 || (config_.read(static_cast<uint16_t>(at + 4), 2) & pci::kPowerStateMask) == 0;
}

void PassthroughFunction::set_requester(uint16_t requester) {
  if (msix_) msix_->set_requester(requester);
  if (msi_) msi_->set_requester(requester);
}

void PassthroughFunction::shut_down() noexcept {
  const std::lock_guard lock(interrupt_mutex_);
  for (VectorSet* vectors : {msix_.get(), msi_.get()}) {
    if (vectors == nullptr) continue;
    vectors->want_enabled(0);
    vectors->reconcile();
  }
}

void PassthroughFunction::reset_device() noexcept {
  if (const int error = device_->can_reset() ? device_->reset() : 0; error < 0 && reset_failed_())
    spdlog::error("[{} -> {}] VFIO_DEVICE_RESET: {}", device_->address(), name(), base::errno_text(-error));
}

void PassthroughFunction::forget_msix() noexcept {
  const std::lock_guard lock(interrupt_mutex_);
  msix_control_ = 0;
  table_.reset();
}

void PassthroughFunction::reset() noexcept {
  // Before: another CPU's store to the table must not enable again what is being shut down. After: it may have stored.
  forget_msix();
  shut_down();
  reset_device();
  forget_msix();
  lost_ = false;
  config_.reset();
  apply_command();
}

}  // namespace vireo::vfio
