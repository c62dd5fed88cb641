#include "emulated/legacy/serial_16550.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/fakes/fake_interrupt_router.h"

namespace vireo::emulated {
namespace {

using Lines = std::vector<fakes::FakeInterruptRouter::Line>;

class Serial : public testing::Test {
 protected:
  uint8_t read(uint16_t offset) {
    uint8_t value = 0;
    serial.read(offset, {&value, 1});
    return value;
  }
  void write(uint16_t offset, uint8_t value) { serial.write(offset, {&value, 1}); }
  size_t receive(const std::string& text) {
    return serial.receive({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }
  std::string read_bytes(size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += static_cast<char>(read(0));
    return text;
  }
  void enable_fifo(uint8_t trigger = 0) { write(2, static_cast<uint8_t>(0x01 | trigger << 6)); }
  void connect_interrupt() { write(4, 0x08); }

  fakes::FakeInterruptRouter router;
  std::string sent;
  unsigned wanted = 0;
  Serial16550 serial{router,
                     4,
                     {.transmit = [this](std::span<const uint8_t> data) { sent.append(data.begin(), data.end()); },
                      .input_wanted = [this] { ++wanted; }}};
};

TEST_F(Serial, TransmitsAtOnce) {
  write(0, 'x');
  EXPECT_EQ(sent, "x");
}

TEST_F(Serial, TransmitterIsAlwaysEmpty) {
  write(0, 'x');
  EXPECT_EQ(read(5), 0x60);
}

TEST_F(Serial, DeliversBytesInOrder) {
  receive("hello");
  EXPECT_EQ(read_bytes(5), "hello");
}

TEST_F(Serial, DataReadyFollowsTheQueue) {
  receive("a");
  EXPECT_EQ(read(5) & 1, 1);
  read(0);
  EXPECT_EQ(read(5) & 1, 0);
}

TEST_F(Serial, EmptyReadIsZero) {
  EXPECT_EQ(read(0), 0);
}

TEST_F(Serial, QueueIsBounded) {
  const std::string much(2 * Serial16550::kQueueSize, 'a');
  EXPECT_EQ(receive(much), Serial16550::kQueueSize);
}

TEST_F(Serial, AsksForInputWhenHalfTheQueueIsFree) {
  receive(std::string(2 * Serial16550::kQueueSize, 'a'));
  read_bytes(Serial16550::kQueueSize / 2 - 2);  // one byte has left the queue for the FIFO already
  EXPECT_EQ(wanted, 0u);
  read(0);
  EXPECT_EQ(wanted, 1u);
}

TEST_F(Serial, DoesNotAskForInputWhenItTookAll) {
  receive("abc");
  read_bytes(3);
  EXPECT_EQ(wanted, 0u);
}

// PC16550D 8.4: the two top bits are set when the FIFOs are enabled.
TEST_F(Serial, IdentifiesAsA16550AWithFifos) {
  enable_fifo();
  EXPECT_EQ(read(2), 0xc1);
}

TEST_F(Serial, IdentifiesAsA8250WithoutFifos) {
  EXPECT_EQ(read(2), 0x01);
}

// Linux 8250_port.c autoconfig: IER's upper bits must not be there.
TEST_F(Serial, InterruptEnableHasFourBits) {
  write(1, 0xff);
  EXPECT_EQ(read(1), 0x0f);
}

// Linux 8250_port.c autoconfig: MCR = LOOP | OUT2 | RTS must read back as DCD | CTS.
TEST_F(Serial, LoopsModemLinesBack) {
  write(4, 0x1a);
  EXPECT_EQ(read(6) & 0xf0, 0x90);
}

TEST_F(Serial, LoopsDataBackAndKeepsItFromTheHost) {
  write(4, 0x10);
  write(0, 'z');
  EXPECT_EQ(read(0), 'z');
  EXPECT_EQ(sent, "");
}

TEST_F(Serial, ReportsOverrunOnceInLoopback) {
  write(4, 0x10);
  write(0, 'a');
  write(0, 'b');
  EXPECT_EQ(read(5) & 2, 2);
  EXPECT_EQ(read(5) & 2, 0);
}

TEST_F(Serial, LoopbackHoldsHostInputBack) {
  write(4, 0x10);
  receive("a");
  EXPECT_EQ(read(5) & 1, 0);
}

// 8.8: deltas clear when they are read.
TEST_F(Serial, ModemDeltaClearsOnRead) {
  write(4, 0x10);
  EXPECT_EQ(read(6), 0x0b);
  EXPECT_EQ(read(6), 0x00);
}

TEST_F(Serial, DivisorReplacesDataAndInterruptEnable) {
  write(3, 0x80);
  write(0, 0x34);
  write(1, 0x12);
  EXPECT_EQ(read(0), 0x34);
  EXPECT_EQ(read(1), 0x12);
  write(3, 0x03);
  EXPECT_EQ(read(1), 0x00);
  EXPECT_EQ(sent, "");
}

TEST_F(Serial, ScratchKeepsItsByte) {
  write(7, 0xa5);
  EXPECT_EQ(read(7), 0xa5);
}

TEST_F(Serial, RaisesTheLineForInput) {
  connect_interrupt();
  write(1, 0x01);
  receive("a");
  EXPECT_EQ(router.lines, (Lines{{4, true}}));
}

TEST_F(Serial, LowersTheLineWhenInputIsRead) {
  connect_interrupt();
  write(1, 0x01);
  receive("a");
  read(0);
  EXPECT_EQ(router.lines, (Lines{{4, true}, {4, false}}));
}

TEST_F(Serial, KeepsTheLineLowWithoutOut2) {
  write(1, 0x01);
  receive("a");
  EXPECT_EQ(router.lines, Lines{});
}

// Linux serial8250_do_startup tests that enabling the interrupt raises it again (UART_BUG_THRE).
TEST_F(Serial, EnablingTransmitEmptyRaisesItEachTime) {
  write(1, 0x02);
  EXPECT_EQ(read(2), 0x02);
  EXPECT_EQ(read(2), 0x01);
  write(1, 0x00);
  write(1, 0x02);
  EXPECT_EQ(read(2), 0x02);
}

TEST_F(Serial, ABurstOfStoresChangesTheLineOnce) {
  connect_interrupt();
  write(1, 0x02);
  write(0, 'a');
  write(0, 'b');
  write(0, 'c');
  EXPECT_EQ(router.lines, (Lines{{4, true}}));
}

TEST_F(Serial, PollingNeverTouchesTheLine) {
  connect_interrupt();
  write(0, 'a');
  receive("b");
  read(5);
  read(0);
  EXPECT_EQ(router.lines, Lines{});
}

TEST_F(Serial, BelowTheTriggerItIsATimeout) {
  enable_fifo(1);
  write(1, 0x01);
  receive("abc");
  EXPECT_EQ(read(2), 0xcc);
}

TEST_F(Serial, AtTheTriggerItIsReceivedData) {
  enable_fifo(1);
  write(1, 0x01);
  receive("abcd");
  EXPECT_EQ(read(2), 0xc4);
}

TEST_F(Serial, ClearingTheFifoDropsWhatIsInItOnly) {
  enable_fifo();
  receive("0123456789abcdefXY");
  write(2, 0x03);
  EXPECT_EQ(read_bytes(2), "XY");
}

TEST_F(Serial, ResetLowersTheLine) {
  connect_interrupt();
  write(1, 0x02);
  serial.reset();
  EXPECT_EQ(router.lines, (Lines{{4, true}, {4, false}}));
}

TEST_F(Serial, WideAccessIsAByteMerge) {
  const uint8_t data[2] = {'q', 0x05};
  serial.write(0, data);
  EXPECT_EQ(sent, "q");
  EXPECT_EQ(read(1), 0x05);
}

TEST_F(Serial, ReadsAllOnesPastTheEnd) {
  uint8_t data[2] = {};
  serial.read(7, data);
  EXPECT_EQ(data[1], 0xff);
}

}  // namespace
}  // namespace vireo::emulated
