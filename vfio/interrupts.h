#pragma once

#include <memory>
#include <mutex>
#include <span>

#include "pci/msix_table.h"
#include "vfio/intx_line.h"
#include "vfio/vector_set.h"
#include "vfio/virtual_config.h"

namespace vireo::vfio {

// What a guest stored in its MSI capability.
struct MsiRegisters {
  uint32_t control = 0;
  uint64_t address = 0;
  uint32_t data = 0;
  uint32_t mask = 0;
};

enum class InterruptKind { kNone, kIntx, kMsi, kMsix };

// What is on, and its vectors; INTx is one.
struct InterruptState {
  InterruptKind kind = InterruptKind::kNone;
  std::vector<VectorState> vectors;
};

// The interrupts of a passed-through function: its MSI-X table as the guest sees it, and what of INTx, MSI and MSI-X is
// joined to the guest. One kind is on at a time: MSI-X before MSI before INTx (PCIe 6.0 6.1.4), and the host takes one
// kind at a time, so the old one goes off before the new one comes on.
// Thread: any; never held while the device's registers are read or written.
class Interrupts {
 public:
  // INTx is on from the start, as at a function's power-on.
  // Errors: SystemError (kHost) when file descriptors run out.
  Interrupts(DeviceIo& device, const ConfigFindings& findings, const platform::InterruptPlace& place,
             platform::InterruptRouter& router);
  ~Interrupts();

  // The guest's stores.
  void set_msix_control(uint32_t control) noexcept;
  void set_msi(const MsiRegisters& registers) noexcept;
  void write_table(uint64_t offset, std::span<const uint8_t> data) noexcept;

  // The guest's loads. `offset` is from the table's or the array's start.
  void read_table(uint64_t offset, std::span<uint8_t> data) noexcept;
  // In: what the device's own array says, which holds for vectors that the host has never taken.
  void read_pending(uint64_t offset, std::span<uint8_t> data) noexcept;
  uint32_t msi_pending() noexcept;

  InterruptState state();

  uint64_t table_size() const { return table_.size(); }

  // Nothing is joined from here on, whatever the guest stores, until reset(): registers as at power-on.
  void shut_down() noexcept;
  void reset() noexcept;

 private:
  using Kind = InterruptKind;

  Kind wanted_kind() const noexcept;
  void apply(unsigned first, unsigned count) noexcept;
  void switch_off(Kind kind) noexcept;
  void apply_msix(unsigned first, unsigned count) noexcept;
  void apply_msi() noexcept;

  const MsiLayout msi_layout_;
  std::mutex mutex_;
  pci::MsixTable table_;
  std::unique_ptr<VectorSet> msix_;
  std::unique_ptr<VectorSet> msi_;
  std::unique_ptr<IntxLine> line_;
  uint32_t msix_control_ = 0;
  MsiRegisters msi_registers_;
  Kind applied_ = Kind::kNone;
  bool off_ = false;
};

}  // namespace vireo::vfio
