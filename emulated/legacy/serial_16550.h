#pragma once

#include <array>
#include <cstddef>
#include <functional>

#include "emulated/legacy/ports.h"
#include "vmm/platform/interrupts.h"
#include "vmm/platform/memory_map.h"

namespace vireo::emulated {

// State: complete for a console.
// Features: registers, 16-byte receive FIFO with trigger levels and time-out, transmit without delay, loopback, modem
//   status changes in loopback, interrupts gated by OUT2; a bounded queue behind the FIFO holds what the host sends.
// Missing: line errors and break, real baud rates (the divisor is only stored), DMA modes.
// Source: TI PC16550D data sheet (SNLS378C).
class Serial16550 final : public BytePorts {
 public:
  static constexpr std::array<PortRange, 1> kPorts{{{platform::kSerialPort, 8}}};
  static constexpr size_t kQueueSize = 1024;

  struct Host {
    std::function<void(std::span<const uint8_t>)> transmit;  // on a vCPU thread, no lock held
    std::function<void()> input_wanted;  // receive() took less than it got; now half the queue is free
  };

  Serial16550(platform::InterruptRouter& router, platform::Gsi gsi, Host host);

  // Queue bytes for the guest; return how many were taken. Less than all: keep the rest until `input_wanted`.
  // Thread: any.
  size_t receive(std::span<const uint8_t> data) noexcept;
  // Return to power-on state; what the host queued stays.
  void reset() noexcept;

 private:
  static constexpr size_t kFifoSize = 16;

  uint8_t read_byte(uint16_t offset, Effect& effect) noexcept override;
  void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept override;
  void access_done() noexcept override;
  void perform(Effect effect) noexcept override;

  uint8_t read_data(Effect& effect) noexcept;
  uint8_t read_interrupt_identification() noexcept;
  uint8_t read_line_status() noexcept;
  uint8_t read_modem_status() noexcept;
  void write_data(uint8_t value, Effect& effect) noexcept;
  void write_fifo_control(uint8_t value) noexcept;
  void write_modem_control(uint8_t value) noexcept;
  void write_interrupt_enable(uint8_t value) noexcept;

  bool fifo_enabled() const noexcept;
  size_t receive_depth() const noexcept;
  size_t receive_trigger() const noexcept;
  uint8_t modem_inputs() const noexcept;
  uint8_t pending_interrupt() const noexcept;
  void fill_fifo() noexcept;
  void update_line() noexcept;

  platform::InterruptRouter& router_;
  const platform::Gsi gsi_;
  const Host host_;

  uint8_t interrupt_enable_ = 0;
  uint8_t fifo_control_ = 0;
  uint8_t line_control_ = 0;
  uint8_t modem_control_ = 0;
  uint8_t modem_deltas_ = 0;
  uint8_t scratch_ = 0;
  uint16_t divisor_ = 12;  // 9600 baud
  bool transmit_empty_pending_ = false;
  bool overrun_ = false;
  bool line_ = false;

  std::array<uint8_t, kFifoSize> fifo_{};
  size_t fifo_start_ = 0;
  size_t fifo_count_ = 0;
  std::array<uint8_t, kQueueSize> queue_{};
  size_t queue_start_ = 0;
  size_t queue_count_ = 0;
  bool refused_ = false;
};

}  // namespace vireo::emulated
