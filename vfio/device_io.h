#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vmm/base/event_fd.h"
#include "vmm/base/mapping.h"

namespace vireo::vfio {

// VFIO's region and interrupt indexes. Source: linux/vfio.h, VFIO_PCI_*_INDEX.
constexpr unsigned kRomRegion = 6;
constexpr unsigned kConfigRegion = 7;
enum class IrqIndex : uint32_t { kIntx = 0, kMsi = 1, kMsix = 2, kError = 3, kRequest = 4 };

// A part of a region that may be mapped.
struct MappableArea {
  uint64_t offset = 0;
  uint64_t size = 0;
};

struct RegionInfo {
  uint64_t size = 0;  // 0: absent
  bool readable = false;
  bool writable = false;
  std::vector<MappableArea> mappable;  // the whole region, its sparse areas, or nothing
  bool msix_mappable = false;          // VFIO_REGION_INFO_CAP_MSIX_MAPPABLE
};

struct IrqInfo {
  unsigned count = 0;      // 0: absent
  bool resizable = false;  // VFIO_IRQ_INFO_NORESIZE is clear: vectors can be added one at a time
  bool maskable = false;
};

// The seam under vfio: a VFIO device. KernelDevice is the real one; tests have FakeDevice, which replays a recorded
// configuration space, records calls and fails on demand.
// Thread: any; calls on different regions do not wait for each other.
class DeviceIo {
 public:
  virtual ~DeviceIo() = default;

  // "0000:65:00.1"
  virtual const std::string& address() const = 0;

  // Set-up. Errors: SystemError (kDevice).
  virtual RegionInfo region(unsigned index) = 0;
  virtual IrqInfo irq(IrqIndex index) = 0;
  virtual bool can_reset() = 0;
  virtual base::Mapping map(unsigned region, const MappableArea& area, uint64_t alignment) = 0;

  // Guest-driven: no exceptions; false (a read: with errno) or a negative errno = the host refused.
  virtual bool read(unsigned region, uint64_t offset, std::span<uint8_t> data) noexcept = 0;
  virtual bool write(unsigned region, uint64_t offset, std::span<const uint8_t> data) noexcept = 0;
  // Connect vectors [first, first + events.size()); nullptr leaves one without (VFIO: fd -1). One SET_IRQS.
  // Returns 0 or -errno; or, with nothing connected, how many vectors the host has left: fewer than asked for. Source:
  // Linux drivers/vfio/pci/vfio_pci_intrs.c, vfio_msi_enable().
  virtual int set_irqs(IrqIndex index, unsigned first, std::span<const base::EventFd* const> events) noexcept = 0;
  virtual int disable_irqs(IrqIndex index) noexcept = 0;
  // From now on a signal of `event` unmasks the (level-triggered) line, which the host masks each time it fires.
  // Precondition: the line is connected. Returns 0 or -errno.
  virtual int set_unmask_event(IrqIndex index, const base::EventFd& event) noexcept = 0;
  // Function reset; returns 0 or -errno.
  virtual int reset() noexcept = 0;
  // Give the device back to the host; whatever is asked of it from then on is refused.
  // Precondition: nothing of it is mapped.
  virtual void close() noexcept = 0;
  // The open file, for KVM; -1: none.
  virtual int file() const = 0;
};

}  // namespace vireo::vfio
