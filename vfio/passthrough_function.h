#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "pci/function.h"
#include "vfio/bar_layout.h"
#include "vfio/device_io.h"
#include "vfio/expansion_rom.h"
#include "vfio/interrupts.h"
#include "vfio/virtual_config.h"
#include "vmm/base/log.h"

namespace vireo::vfio {

// What of a function is not its device's to say.
struct PassthroughSettings {
  platform::InterruptPlace place;
  ConfigWishes config;
  uint64_t rom_size = 0;                    // of the expansion ROM's BAR; 0: the guest sees none
  std::string rom_file;                     // what is in it; empty: the device's own
  std::vector<unsigned> trapped_bars = {};  // never mapped
  bool reports_errors = false;              // the device tells the host of its errors, which VFIO passes on
  bool one_of_several = false;              // functions of one device: PCIe 6.0 7.5.1.1.9, the multi-function bit
};

// State: a host device's function in the guest.
// Features: BARs mapped but for the pages of MSI-X table and PBA; INTx, MSI and MSI-X by irqfd; function reset and
// power
//   state by the guest; capabilities by policy.
// Missing: AER, resizable BARs.
// Source: PCIe 6.0 chapter 7; linux/vfio.h.
class PassthroughFunction final : public pci::PciFunction {
 public:
  // The device is open and so freshly reset: building resets nothing.
  // Errors: base::Error (kDevice).
  PassthroughFunction(std::string name, std::unique_ptr<DeviceIo> device, const PassthroughSettings& settings,
                      platform::InterruptRouter& router);
  ~PassthroughFunction() override;

  uint32_t read_config(uint16_t offset, unsigned width) noexcept override;
  pci::ConfigEffects write_config(uint16_t offset, unsigned width, uint32_t value) noexcept override;
  void read_bar(unsigned bar, uint64_t offset, std::span<uint8_t> data) noexcept override;
  pci::BarEffects write_bar(unsigned bar, uint64_t offset, std::span<const uint8_t> data) noexcept override;
  std::span<const pci::DirectRegion> direct_regions(unsigned bar) const noexcept override;
  // The device's function reset, and our registers as at first.
  void reset() noexcept override;

  // Take the device's interrupts away, before it is closed.
  void shut_down() noexcept;

  // Give the device back to the host while the guest runs, after it was detached from the root complex.
  void give_back() noexcept;
  int device_file() const { return device_->file(); }

  InterruptState interrupt_state() { return interrupts_.state(); }

  // Whether the device is there.
  bool answers() noexcept;

  // Signalled when the device failed (or did not come back from a reset), and when the host wants it back.
  const base::EventFd& error_event() const { return error_event_; }
  const base::EventFd& request_event() const { return request_event_; }

 protected:
  bool may_decode() const noexcept override;

 private:
  enum class Place { kDevice, kTable, kPba, kRom, kNothing };
  Place place_of(unsigned bar, uint64_t offset) const noexcept;
  size_t bytes_inside(unsigned bar, uint64_t offset, size_t wanted) const noexcept;
  uint64_t bytes_here(unsigned bar, uint64_t offset, size_t wanted) const noexcept;
  void read_own_pending(uint64_t offset, std::span<uint8_t> data) noexcept;
  void map_bars(const std::vector<unsigned>& trapped_bars);
  void connect_notifications();
  void enable_error_messages() noexcept;
  bool reset_device() noexcept;
  int patient_reset() noexcept;
  void apply_command() noexcept;
  void apply_msi() noexcept;
  void read_msi_pending(uint16_t offset, unsigned width, uint32_t& value) noexcept;
  void read_interrupt_status(uint16_t offset, unsigned width, uint32_t& value) noexcept;
  void refuse_power_state(uint32_t before) noexcept;
  void after_power_change(uint32_t before) noexcept;
  void read_passed(uint16_t offset, unsigned width, uint32_t& value) noexcept;
  void write_passed(uint16_t offset, unsigned width, uint32_t value) noexcept;

  std::unique_ptr<DeviceIo> device_;
  ConfigFindings findings_;
  base::EventFd error_event_;
  base::EventFd request_event_;
  std::array<std::vector<base::Mapping>, pci::kBars> mappings_;
  std::array<std::vector<pci::DirectRegion>, pci::kBars> direct_;
  Interrupts interrupts_;
  ExpansionRom rom_;
  bool reports_errors_ = false;
  std::atomic<bool> lost_ = false;
  base::FirstTime reset_failed_;
};

}  // namespace vireo::vfio
