#pragma once

#include <array>
#include <atomic>
#include <mutex>

#include "pci/endpoint_function.h"

namespace vireo::emulated {

// A device for tests of vireo: of exits, doorbells, interrupts and of the PCIe tree, without a driver's protocol.
// State: complete; in builds for tests only (VIREO_TEST_DEVICES).
// Features: a memory BAR with scratch registers, a count of the stores that came to vireo, a doorbell by ioeventfd that
//   counts, a register that fires a vector of MSI-X or raises INTx.
// Missing: DMA, I/O ports.
// Source: none.
class TestFunction final : public pci::EndpointFunction {
 public:
  // Registers of BAR 0, of any access width. Scratch registers have 8 bytes, the others 4.
  enum class Reg : uint64_t {
    kIdentity = 0x00,  // kIdentityValue
    kStores = 0x04,    // how many stores to registers vireo has seen
    kRings = 0x08,     // how often the doorbell was rung
    kRaise = 0x0c,     // a store fires that vector; without MSI-X it raises the line
    kLine = 0x10,      // bit 0: whether the line is wanted up
    kScratch0 = 0x20,
    kScratch1 = 0x28,
    kDoorbell = 0x40,  // a store rings, whatever it stores
  };
  static constexpr uint32_t kIdentityValue = 0x74736574;  // "test"
  static constexpr uint64_t kBarSize = 0x2000;
  static constexpr uint32_t kTableStart = 0x1000;
  static constexpr uint32_t kPendingStart = 0x1800;
  static constexpr unsigned kVectors = 4;

  using EndpointFunction::Surroundings;
  // Lifetime: what is around it outlives it. Errors: SystemError (kHost) when file descriptors run out.
  TestFunction(std::string name, const Surroundings& around);

  static pci::Bars planned_bars();

  void read_bar(unsigned bar, uint64_t offset, std::span<uint8_t> data) noexcept override;
  pci::BarEffects write_bar(unsigned bar, uint64_t offset, std::span<const uint8_t> data) noexcept override;
  std::span<const pci::BarDoorbell> doorbells(unsigned bar) const noexcept override;
  void reset() noexcept override;

 private:
  bool asserted() const noexcept override { return line_; }
  uint64_t value_of(Reg name) const noexcept;
  void set(Reg name, uint64_t value) noexcept;

  base::EventFd bell_;
  const std::array<pci::BarDoorbell, 1> bells_;
  std::atomic<bool> line_ = false;
  std::mutex mutex_;  // of all below
  uint32_t stores_ = 0;
  uint64_t rings_ = 0;
  std::array<uint64_t, 2> scratch_{};
};

}  // namespace vireo::emulated
