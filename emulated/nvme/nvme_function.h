#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <vector>

#include "emulated/nvme/controller.h"
#include "emulated/nvme/registers.h"
#include "pci/endpoint_function.h"

namespace vireo::emulated {

// An NVMe controller over PCI: a disk for guests without virtio's drivers.
// State: works with Linux's driver.
// Features: MSI-X, INTx, doorbells by ioeventfd once the driver has shadow doorbells; see nvme::Controller.
// Missing: power management, controller memory buffers, subsystem reset; see nvme::Controller.
// Source: NVMe 1.4 2, 3.
class NvmeFunction final : public pci::EndpointFunction, private nvme::InterruptSink {
 public:
  struct Surroundings {
    const platform::GuestMemory& memory;
    platform::InterruptRouter& router;
    platform::EventLoop& loop;
    platform::InterruptPlace place = {};
  };
  // `extended`: an EUI-64 that no other disk of the guest has. Lifetime: the image and what is around it outlive it.
  // Thread: destroyed when no CPU runs. Errors: SystemError (kHost): no io_uring, no descriptors.
  NvmeFunction(const std::string& name, DiskImage& image, const DiskDeviceSettings& settings,
               const std::array<uint8_t, 8>& extended, const Surroundings& around);
  ~NvmeFunction() override;

  static pci::Bars planned_bars();

  pci::ConfigEffects write_config(uint16_t offset, unsigned width, uint32_t value) noexcept override;
  void read_bar(unsigned bar, uint64_t offset, std::span<uint8_t> data) noexcept override;
  pci::BarEffects write_bar(unsigned bar, uint64_t offset, std::span<const uint8_t> data) noexcept override;
  std::span<const pci::BarDoorbell> doorbells(unsigned bar) const noexcept override;
  void reset() noexcept override;

 private:
  bool asserted() const noexcept override;
  // What is masked interrupts once it is not.
  void fire(uint16_t vector) noexcept override {
    if (uses_msix() || asserted()) interrupt(vector);
  }

  uint64_t value_of(nvme::Reg name) const noexcept;
  void set(nvme::Reg name, uint64_t value) noexcept;
  void configure(uint32_t value) noexcept;
  void enable() noexcept;
  void disable() noexcept;
  void read_registers(uint64_t offset, std::span<uint8_t> data) const noexcept;
  void write_registers(uint64_t offset, std::span<const uint8_t> data) noexcept;

  std::mutex mutex_;  // of the registers
  uint32_t configuration_ = 0;
  uint32_t status_ = 0;
  uint32_t admin_sizes_ = 0;
  uint64_t admin_submission_ = 0;
  uint64_t admin_completion_ = 0;
  std::atomic<uint32_t> masked_ = 0;  // vectors that the line is not for
  std::atomic<bool> bells_ring_ = false;
  nvme::Controller controller_;
  std::vector<pci::BarDoorbell> bells_;
};

}  // namespace vireo::emulated
