#include "emulated/legacy/serial_16550.h"

#include <algorithm>
#include <utility>

namespace vireo::emulated {
namespace {

// Registers, PC16550D table II. DLAB turns 0 and 1 into the divisor.
enum Offset : uint16_t {
  kData = 0,
  kInterruptEnable = 1,
  kInterruptIdentification = 2,  // store: FIFO control
  kLineControl = 3,
  kModemControl = 4,
  kLineStatus = 5,
  kModemStatus = 6,
  kScratch = 7,
};

constexpr uint8_t kEnableReceived = 1 << 0;
constexpr uint8_t kEnableTransmitEmpty = 1 << 1;
constexpr uint8_t kEnableLineStatus = 1 << 2;
constexpr uint8_t kEnableModemStatus = 1 << 3;
constexpr uint8_t kEnableMask = 0x0f;

// 8.4, table III, highest priority first.
constexpr uint8_t kIdLineStatus = 0x06;
constexpr uint8_t kIdReceived = 0x04;
constexpr uint8_t kIdTimeout = 0x0c;
constexpr uint8_t kIdTransmitEmpty = 0x02;
constexpr uint8_t kIdModemStatus = 0x00;
constexpr uint8_t kIdNone = 0x01;
constexpr uint8_t kIdFifos = 0xc0;

constexpr uint8_t kFifoEnable = 1 << 0;
constexpr uint8_t kFifoClearReceive = 1 << 1;
constexpr uint8_t kFifoKept = 0xc9;  // trigger, DMA mode, enable; the clear bits clear themselves

constexpr uint8_t kDivisorLatch = 1 << 7;

constexpr uint8_t kModemOut2 = 1 << 3;
constexpr uint8_t kModemLoopback = 1 << 4;
constexpr uint8_t kModemControlMask = 0x1f;

constexpr uint8_t kLineDataReady = 1 << 0;
constexpr uint8_t kLineOverrun = 1 << 1;
constexpr uint8_t kLineTransmitEmpty = 0x60;  // holding register and shifter: stores are sent at once

constexpr uint8_t kModemClearToSend = 1 << 4;
constexpr uint8_t kModemDataSetReady = 1 << 5;
constexpr uint8_t kModemRing = 1 << 6;
constexpr uint8_t kModemCarrier = 1 << 7;

// Effects: kTransmitByte | the byte, or kInputWanted.
constexpr Effect kTransmitByte = 0x100;
constexpr Effect kInputWanted = 0x200;

}  // namespace

Serial16550::Serial16550(platform::InterruptRouter& router, platform::Gsi gsi, Host host)
    : BytePorts(8), router_(router), gsi_(gsi), host_(std::move(host)) {}

size_t Serial16550::receive(std::span<const uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  const size_t taken = std::min(data.size(), kQueueSize - queue_count_);
  for (const uint8_t byte : data.first(taken)) queue_[(queue_start_ + queue_count_++) % kQueueSize] = byte;
  refused_ = taken < data.size();
  fill_fifo();
  update_line();
  return taken;
}

void Serial16550::reset() noexcept {
  const std::lock_guard lock(mutex_);
  interrupt_enable_ = fifo_control_ = line_control_ = modem_control_ = modem_deltas_ = scratch_ = 0;
  divisor_ = 12;
  transmit_empty_pending_ = overrun_ = false;
  fifo_count_ = 0;
  update_line();
}

uint8_t Serial16550::read_byte(uint16_t offset, Effect& effect) noexcept {
  const bool divisor = (line_control_ & kDivisorLatch) != 0;
  switch (offset) {
    case kData:
      return divisor ? static_cast<uint8_t>(divisor_) : read_data(effect);
    case kInterruptEnable:
      return divisor ? static_cast<uint8_t>(divisor_ >> 8) : interrupt_enable_;
    case kInterruptIdentification:
      return read_interrupt_identification();
    case kLineControl:
      return line_control_;
    case kModemControl:
      return modem_control_;
    case kLineStatus:
      return read_line_status();
    case kModemStatus:
      return read_modem_status();
    default:
      return scratch_;
  }
}

void Serial16550::write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept {
  const bool divisor = (line_control_ & kDivisorLatch) != 0;
  switch (offset) {
    case kData:
      if (divisor)
        divisor_ = static_cast<uint16_t>((divisor_ & 0xff00) | value);
      else
        write_data(value, effect);
      break;
    case kInterruptEnable:
      if (divisor)
        divisor_ = static_cast<uint16_t>((divisor_ & 0x00ff) | (value << 8));
      else
        write_interrupt_enable(value);
      break;
    case kInterruptIdentification:
      write_fifo_control(value);
      break;
    case kLineControl:
      line_control_ = value;
      break;
    case kModemControl:
      write_modem_control(value);
      break;
    case kLineStatus:
    case kModemStatus:
      break;  // 8.6.3: read only in effect
    default:
      scratch_ = value;
      break;
  }
}

// One change of the line an access at most, and none when it ends where it began.
void Serial16550::access_done() noexcept {
  fill_fifo();  // clearing the FIFO and leaving loopback make room
  update_line();
}

void Serial16550::perform(Effect effect) noexcept {
  const auto byte = static_cast<uint8_t>(effect);
  if ((effect & kTransmitByte) != 0 && host_.transmit) host_.transmit({&byte, 1});
  if ((effect & kInputWanted) != 0 && host_.input_wanted) host_.input_wanted();
}

uint8_t Serial16550::read_data(Effect& effect) noexcept {
  fill_fifo();
  if (fifo_count_ == 0) return 0;
  const uint8_t byte = fifo_[fifo_start_];
  fifo_start_ = (fifo_start_ + 1) % kFifoSize;
  --fifo_count_;
  fill_fifo();
  if (refused_ && queue_count_ <= kQueueSize / 2) {
    refused_ = false;
    effect = kInputWanted;
  }
  return byte;
}

// 8.5: reading it clears the transmitter-empty interrupt when that is what it names.
uint8_t Serial16550::read_interrupt_identification() noexcept {
  const uint8_t id = pending_interrupt();
  if (id == kIdTransmitEmpty) transmit_empty_pending_ = false;
  return fifo_enabled() ? id | kIdFifos : id;
}

uint8_t Serial16550::read_line_status() noexcept {
  fill_fifo();
  const uint8_t status = kLineTransmitEmpty | (fifo_count_ != 0 ? kLineDataReady : 0) | (overrun_ ? kLineOverrun : 0);
  overrun_ = false;
  return status;
}

uint8_t Serial16550::read_modem_status() noexcept {
  const uint8_t status = modem_inputs() | modem_deltas_;
  modem_deltas_ = 0;
  return status;
}

void Serial16550::write_data(uint8_t value, Effect& effect) noexcept {
  transmit_empty_pending_ = true;
  if ((modem_control_ & kModemLoopback) == 0) {
    effect = kTransmitByte | value;
  } else if (fifo_count_ < receive_depth()) {
    fifo_[(fifo_start_ + fifo_count_++) % kFifoSize] = value;
  } else {
    overrun_ = true;
  }
}

void Serial16550::write_interrupt_enable(uint8_t value) noexcept {
  const uint8_t rising = value & ~interrupt_enable_;
  interrupt_enable_ = value & kEnableMask;
  // The transmitter is always empty, so enabling its interrupt raises it.
  if ((rising & kEnableTransmitEmpty) != 0) transmit_empty_pending_ = true;
}

void Serial16550::write_fifo_control(uint8_t value) noexcept {
  const bool toggled = ((value ^ fifo_control_) & kFifoEnable) != 0;
  if (toggled || (value & kFifoClearReceive) != 0) fifo_count_ = 0;
  // 8.4: the other bits are only programmed together with a set enable bit.
  fifo_control_ = (value & kFifoEnable) != 0 ? value & kFifoKept : 0;
}

void Serial16550::write_modem_control(uint8_t value) noexcept {
  const uint8_t before = modem_inputs();
  modem_control_ = value & kModemControlMask;
  const uint8_t changed = before ^ modem_inputs();
  // 8.8: deltas of CTS, DSR and DCD on any change, of RI on its trailing edge.
  modem_deltas_ |= (changed & (kModemClearToSend | kModemDataSetReady | kModemCarrier)) >> 4;
  modem_deltas_ |= (changed & before & kModemRing) >> 4;
}

bool Serial16550::fifo_enabled() const noexcept {
  return (fifo_control_ & kFifoEnable) != 0;
}

size_t Serial16550::receive_depth() const noexcept {
  return fifo_enabled() ? kFifoSize : 1;
}

size_t Serial16550::receive_trigger() const noexcept {
  constexpr std::array<size_t, 4> kTriggers{1, 4, 8, 14};
  return fifo_enabled() ? kTriggers[fifo_control_ >> 6] : 1;
}

// 8.7: in loopback the outputs RTS, DTR, OUT1, OUT2 come back as CTS, DSR, RI, DCD. Else: a terminal that is on.
uint8_t Serial16550::modem_inputs() const noexcept {
  if ((modem_control_ & kModemLoopback) == 0) return kModemClearToSend | kModemDataSetReady | kModemCarrier;
  const unsigned data_terminal_ready = modem_control_ & 1u;
  const unsigned request_to_send = (modem_control_ >> 1) & 1u;
  const unsigned outputs = (modem_control_ >> 2) & 3u;
  return static_cast<uint8_t>(request_to_send << 4 | data_terminal_ready << 5 | outputs << 6);
}

uint8_t Serial16550::pending_interrupt() const noexcept {
  if ((interrupt_enable_ & kEnableLineStatus) != 0 && overrun_) return kIdLineStatus;
  if ((interrupt_enable_ & kEnableReceived) != 0 && fifo_count_ != 0)
    return fifo_count_ >= receive_trigger() ? kIdReceived : kIdTimeout;
  if ((interrupt_enable_ & kEnableTransmitEmpty) != 0 && transmit_empty_pending_) return kIdTransmitEmpty;
  if ((interrupt_enable_ & kEnableModemStatus) != 0 && modem_deltas_ != 0) return kIdModemStatus;
  return kIdNone;
}

// Loopback disconnects the input.
void Serial16550::fill_fifo() noexcept {
  if ((modem_control_ & kModemLoopback) != 0) return;
  while (queue_count_ != 0 && fifo_count_ < receive_depth()) {
    fifo_[(fifo_start_ + fifo_count_++) % kFifoSize] = queue_[queue_start_];
    queue_start_ = (queue_start_ + 1) % kQueueSize;
    --queue_count_;
  }
}

void Serial16550::update_line() noexcept {
  // PC/AT: OUT2 connects the interrupt to the bus; loopback disconnects all outputs.
  const bool connected = (modem_control_ & (kModemOut2 | kModemLoopback)) == kModemOut2;
  const bool level = connected && pending_interrupt() != kIdNone;
  if (level == line_) return;
  line_ = level;
  router_.set_line(gsi_, level);
}

}  // namespace vireo::emulated
