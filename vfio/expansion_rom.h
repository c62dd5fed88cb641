#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "vfio/device_io.h"
#include "vmm/base/log.h"

namespace vireo::vfio {

// A function's expansion ROM, the device's own or a file's, read when the guest first looks.
// Source: PCI firmware 3.3 5.1; linux/vfio.h (VFIO_PCI_ROM_REGION_INDEX).
// Thread: any.
class ExpansionRom {
 public:
  // `size`: of its BAR, 0: none. `file`: empty for the device's own.
  ExpansionRom(DeviceIo& device, uint64_t size, std::string file)
      : device_(device), size_(size), file_(std::move(file)) {}

  // What lies behind the ROM's end, or cannot be read, reads ones.
  void read(uint64_t offset, std::span<uint8_t> data) noexcept;
  // Look again where it could not be read.
  void reset() noexcept;

 private:
  void load() noexcept;
  bool load_file();
  bool load_device();

  DeviceIo& device_;
  const uint64_t size_;
  const std::string file_;
  std::mutex mutex_;
  std::vector<uint8_t> bytes_;
  bool looked_ = false;
  base::FirstTime failed_;
};

}  // namespace vireo::vfio
