#pragma once

#include <mutex>

#include "pci/root_complex.h"
#include "vmm/platform/io_bus.h"

namespace vireo::pci {

// Enhanced configuration access: bits 27:20 bus, 19:12 device and function, 11:0 register. PCIe 6.0 7.2.2.
class Ecam final : public platform::IoHandler {
 public:
  explicit Ecam(RootComplex& root_complex) : root_complex_(root_complex) {}
  void read(uint64_t offset, std::span<uint8_t> data) noexcept override;
  void write(uint64_t offset, std::span<const uint8_t> data) noexcept override;

 private:
  RootComplex& root_complex_;
};

// Ports 0xcf8-0xcff: address and data; 0xcf9 belongs to `reset_control`. PCI 3.0 3.2.2.3.2.
class ConfigPorts final : public platform::IoHandler {
 public:
  ConfigPorts(RootComplex& root_complex, platform::IoHandler& reset_control)
      : root_complex_(root_complex), reset_control_(reset_control) {}
  void read(uint64_t offset, std::span<uint8_t> data) noexcept override;
  void write(uint64_t offset, std::span<const uint8_t> data) noexcept override;

 private:
  uint32_t address() noexcept;

  RootComplex& root_complex_;
  platform::IoHandler& reset_control_;
  std::mutex mutex_;
  uint32_t address_ = 0;
};

}  // namespace vireo::pci
