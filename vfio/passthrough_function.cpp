#include "vfio/passthrough_function.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <thread>

#include "pci/capability_registers.h"
#include "vmm/base/bits.h"
#include "vmm/base/log.h"

namespace vireo::vfio {
PassthroughFunction::PassthroughFunction(std::string name, std::unique_ptr<DeviceIo> device,
                                         const PassthroughSettings& settings, platform::InterruptRouter& router)
    : PciFunction(std::move(name)),
      device_(std::move(device)),
      findings_(build_virtual_config(*device_, settings.config, config_)),
      interrupts_(*device_, findings_, settings.place, router),
      rom_(*device_, settings.rom_size, settings.rom_file) {
  if (settings.rom_size != 0) findings_.bars[pci::kRomIndex] = {.kind = pci::BarKind::kRom, .size = settings.rom_size};
  for (unsigned i = 0; i < pci::kBars; ++i) define_bar(i, findings_.bars[i]);
  if (settings.one_of_several) config_.set(pci::kHeaderType, 1, pci::kHeaderMultiFunction);
  config_.seal();
  map_bars(settings.trapped_bars);
  connect_notifications();
  reports_errors_ = settings.reports_errors;
  enable_error_messages();
  apply_command();
}

PassthroughFunction::~PassthroughFunction() = default;

void PassthroughFunction::map_bars(const std::vector<unsigned>& trapped_bars) {
  for (unsigned i = 0; i < pci::kRomIndex; ++i) {
    const pci::Bar& bar = findings_.bars[i];
    if (bar.kind == pci::BarKind::kNone || bar.kind == pci::BarKind::kIo) continue;
    if (std::find(trapped_bars.begin(), trapped_bars.end(), i) != trapped_bars.end()) continue;
    std::vector<TrappedExtent> trapped;
    const MsixLayout& msix = findings_.msix;
    if (msix.offset != 0 && msix.table_bar == i) trapped.push_back({msix.table_offset, interrupts_.table_size()});
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

// Older kernels leave that to a device's driver. VFIO passes these bits on, and puts back what was there when it is
// closed. PCIe 6.0 7.5.3.4.
void PassthroughFunction::enable_error_messages() noexcept {
  constexpr uint8_t kUncorrectable = 1 << 1 | 1 << 2;
  const auto control = static_cast<uint64_t>(findings_.express + pci::kDeviceControl);
  std::array<uint8_t, 2> value = {};
  if (!reports_errors_ || findings_.express == 0 || !device_->read(kConfigRegion, control, value)) return;
  value[0] |= kUncorrectable;
  device_->write(kConfigRegion, control, value);
}

std::span<const pci::DirectRegion> PassthroughFunction::direct_regions(unsigned bar) const noexcept {
  return direct_[bar];
}

bool PassthroughFunction::may_decode() const noexcept {
  const uint16_t at = findings_.power_management;
  return at == 0 || (config_.read(static_cast<uint16_t>(at + 4), 2) & pci::kPowerStateMask) == 0;
}

void PassthroughFunction::shut_down() noexcept {
  interrupts_.shut_down();
}

void PassthroughFunction::give_back() noexcept {
  lost_ = true;
  interrupts_.shut_down();
  for (unsigned i = 0; i < pci::kBars; ++i) {
    direct_[i].clear();
    mappings_[i].clear();
  }
  device_->close();
}

// PCIe 6.0 2.3.2: a function that is not there reads all-ones. Revision and class, since VFIO answers for the ids
// itself. Source: Linux drivers/vfio/pci/vfio_pci_config.c, init_pci_cap_basic_perm().
bool PassthroughFunction::answers() noexcept {
  std::array<uint8_t, 4> code{0xff, 0xff, 0xff, 0xff};
  return device_->read(kConfigRegion, pci::kRevision, code) && (code[0] & code[1] & code[2] & code[3]) != 0xff;
}

// The host may be resetting the device at the same time, after an error.
int PassthroughFunction::patient_reset() noexcept {
  const unsigned attempts = reports_errors_ ? 20 : 1;
  int error = device_->reset();
  for (unsigned i = 1; i < attempts && error == -EAGAIN; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    error = device_->reset();
  }
  return error;
}

// Return whether the function came back: the kernel waits for it, and one that does not answer then is broken.
bool PassthroughFunction::reset_device() noexcept {
  const int error = device_->can_reset() ? patient_reset() : 0;
  if (error < 0 && reset_failed_())
    spdlog::error("[{} -> {}] VFIO_DEVICE_RESET: {}", device_->address(), name(), base::errno_text(-error));
  if (answers()) return true;
  spdlog::error("[{} -> {}] the device did not come back from its reset (its class reads all-ones)", device_->address(),
                name());
  error_event_.signal();
  return false;
}

void PassthroughFunction::reset() noexcept {
  interrupts_.shut_down();
  lost_ = !reset_device();
  config_.reset();
  rom_.reset();
  apply_command();
  enable_error_messages();
  interrupts_.reset();
}

}  // namespace vireo::vfio
