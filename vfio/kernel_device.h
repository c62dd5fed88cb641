#pragma once

#include <array>
#include <cerrno>
#include <mutex>
#include <optional>

#include "vfio/device_io.h"

namespace vireo::vfio {

// A device that vfio-pci holds. Source: Linux Documentation/driver-api/vfio.rst.
class KernelDevice final : public DeviceIo {
 public:
  // `device` comes from DmaMapper::open_device(). Errors: SystemError (kDevice).
  KernelDevice(std::string address, base::Fd device);

  const std::string& address() const override { return address_; }
  RegionInfo region(unsigned index) override;
  IrqInfo irq(IrqIndex index) override;
  bool can_reset() override { return can_reset_; }
  base::Mapping map(unsigned region, const MappableArea& area, uint64_t alignment) override;
  bool read(unsigned region, uint64_t offset, std::span<uint8_t> data) noexcept override;
  bool write(unsigned region, uint64_t offset, std::span<const uint8_t> data) noexcept override;
  int set_irqs(IrqIndex index, unsigned first, std::span<const base::EventFd* const> events) noexcept override;
  int disable_irqs(IrqIndex index) noexcept override;
  int set_unmask_event(IrqIndex index, const base::EventFd& event) noexcept override;
  int reset() noexcept override;
  void close() noexcept override;
  int file() const override { return fd_.get(); }

 private:
  int set_events(IrqIndex index, uint32_t action, unsigned first,
                 std::span<const base::EventFd* const> events) noexcept;
  static constexpr unsigned kRegions = 8;  // BARs, ROM, config
  struct KnownRegion {
    RegionInfo info;
    uint64_t file_offset = 0;
  };
  KnownRegion query(unsigned index) const;

  std::string address_;
  base::Fd fd_;
  bool can_reset_ = false;
  unsigned count_ = 0;                                        // of regions that there are
  std::array<std::optional<KnownRegion>, kRegions> regions_;  // what was asked for
  std::mutex irq_mutex_;
  std::vector<uint64_t> irq_buffer_;  // vfio_irq_set, kept to save the allocation
};

}  // namespace vireo::vfio
