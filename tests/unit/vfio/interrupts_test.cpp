#include "vfio/interrupts.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_interrupt_router.h"

namespace vireo::vfio {
namespace {

constexpr platform::InterruptPlace kPlace{.requester = 0x0100, .lines = {17, 18, 19, 16}};

// A function with all three kinds: INTB, four MSI vectors, four MSI-X vectors.
class InterruptsTest : public testing::Test {
 protected:
  InterruptsTest() {
    device_.irqs[IrqIndex::kIntx] = {.count = 1};
    device_.irqs[IrqIndex::kMsi] = {.count = 4};
    device_.irqs[IrqIndex::kMsix] = {.count = 4};
    findings_.interrupt_pin = 2;
    findings_.msi = {.offset = 0x50, .is_64bit = true, .maskable = true, .vectors = 4};
    findings_.msix = {.offset = 0x60, .vectors = 4};
  }
  void build() { interrupts_ = std::make_unique<Interrupts>(device_, findings_, kPlace, router_); }
  void set_entry(unsigned vector, uint32_t data) {
    const std::array<uint8_t, 16> entry{0, 0, 0xe0, 0xfe, 0, 0, 0, 0, static_cast<uint8_t>(data)};
    interrupts_->write_table(16 * vector, entry);
  }
  bool line_attached() { return router_.attached.contains(18); }

  fakes::FakeInterruptRouter router_;
  fakes::FakeDevice device_;
  ConfigFindings findings_;
  std::unique_ptr<Interrupts> interrupts_;
};

TEST_F(InterruptsTest, JoinsThePinToItsLineFromTheStart) {
  build();
  ASSERT_TRUE(line_attached());
  ASSERT_EQ(device_.irq_calls.size(), 1u);
  EXPECT_EQ(device_.irq_calls[0].index, IrqIndex::kIntx);
  EXPECT_EQ(device_.irq_calls[0].events, std::vector{router_.attached[18].event});
}

// KVM's end of interrupt is the event that unmasks the line at the host.
TEST_F(InterruptsTest, UnmasksTheLineAtTheEndOfInterrupt) {
  build();
  EXPECT_EQ(device_.unmask_events, std::vector{router_.attached[18].resample});
  EXPECT_NE(router_.attached[18].resample, -1);
}

TEST_F(InterruptsTest, JoinsNothingWithoutAPin) {
  findings_.interrupt_pin = 0;
  build();
  EXPECT_TRUE(device_.irq_calls.empty());
  EXPECT_TRUE(router_.attached.empty());
}

TEST_F(InterruptsTest, GoesFromTheLineToMsixAndBack) {
  build();
  set_entry(0, 0x41);
  interrupts_->set_msix_control(kMsixEnable);
  EXPECT_EQ(device_.joined, IrqIndex::kMsix);
  EXPECT_FALSE(line_attached());
  EXPECT_EQ(router_.attached.size(), 1u);
  interrupts_->set_msix_control(0);
  EXPECT_EQ(device_.joined, IrqIndex::kIntx);
  EXPECT_TRUE(line_attached());
  EXPECT_EQ(router_.attached.size(), 1u);
}

TEST_F(InterruptsTest, GoesFromMsiToMsixWithoutAStopBetween) {
  build();
  interrupts_->set_msi({.control = kMsiEnable, .address = 0xfee00000, .data = 0x40});
  EXPECT_EQ(device_.joined, IrqIndex::kMsi);
  set_entry(0, 0x41);
  interrupts_->set_msix_control(kMsixEnable);
  EXPECT_EQ(device_.joined, IrqIndex::kMsix);
  interrupts_->set_msix_control(0);
  EXPECT_EQ(device_.joined, IrqIndex::kMsi);
  interrupts_->set_msi({});
  EXPECT_EQ(device_.joined, IrqIndex::kIntx);
}

TEST_F(InterruptsTest, DeliversMultipleMessagesWithTheirNumbers) {
  build();
  interrupts_->set_msi({.control = kMsiEnable | 2 << 4, .address = 0xfee00000, .data = 0x47, .mask = 2});
  ASSERT_EQ(router_.committed.size(), 3u);
  EXPECT_EQ(router_.committed.begin()->second.data, 0x44u);
  EXPECT_EQ(router_.committed.rbegin()->second.data, 0x47u);
  EXPECT_EQ(router_.attached.size(), 3u);
}

TEST_F(InterruptsTest, ForgetsWhatFiredBeforeTheLineWentAway) {
  build();
  const auto [fired, ended] = router_.attached[18];
  const uint64_t once = 1;
  ASSERT_EQ(::write(fired, &once, sizeof once), 8);
  ASSERT_EQ(::write(ended, &once, sizeof once), 8);
  interrupts_->set_msix_control(kMsixEnable);
  interrupts_->set_msix_control(0);
  for (const int event : {fired, ended}) {
    pollfd query{.fd = event, .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&query, 1, 0), 0);
  }
}

// Each store of the guest's would try again otherwise.
TEST_F(InterruptsTest, TriesARefusedLineOnceAKindChanges) {
  device_.irq_error = -EBUSY;
  build();
  set_entry(0, 0x41);
  interrupts_->set_msi({});
  EXPECT_EQ(device_.irq_calls.size(), 1u);
  device_.irq_error = 0;
  interrupts_->set_msix_control(kMsixEnable);
  interrupts_->set_msix_control(0);
  EXPECT_EQ(device_.joined, IrqIndex::kIntx);
}

// PCIe 6.0 7.7.2.10: what the host has never taken is pending at the device.
TEST_F(InterruptsTest, ShowsTheDevicesPendingBitsOfVectorsThatTheHostNeverTook) {
  device_.irqs[IrqIndex::kMsix] = {.count = 4, .resizable = true};
  build();
  set_entry(1, 0x41);
  interrupts_->set_msix_control(kMsixEnable);
  std::array<uint8_t, 8> bits{0xff};
  interrupts_->read_pending(0, bits);
  EXPECT_EQ(bits, (std::array<uint8_t, 8>{0x0d}));
}

TEST_F(InterruptsTest, LeavesNothingBehindWhenTheHostRefusesTheLine) {
  device_.irq_error = -EBUSY;
  build();
  EXPECT_TRUE(router_.attached.empty());
  // The guest goes on, and MSI-X works when the host does.
  device_.irq_error = 0;
  interrupts_->set_msix_control(kMsixEnable);
  EXPECT_EQ(device_.joined, IrqIndex::kMsix);
}

TEST_F(InterruptsTest, LeavesNothingBehindWhenTheHostCannotUnmask) {
  device_.unmask_error = -EINVAL;
  build();
  EXPECT_TRUE(router_.attached.empty());
  EXPECT_FALSE(device_.joined.has_value());
}

TEST_F(InterruptsTest, ConnectsNoLineThatKvmRefuses) {
  router_.fail = true;
  build();
  EXPECT_TRUE(device_.irq_calls.empty());
}

TEST_F(InterruptsTest, StaysSilentAfterShutDownUntilReset) {
  build();
  interrupts_->shut_down();
  EXPECT_FALSE(device_.joined.has_value());
  set_entry(0, 0x41);
  interrupts_->set_msix_control(kMsixEnable);
  EXPECT_FALSE(device_.joined.has_value());
  interrupts_->reset();
  EXPECT_EQ(device_.joined, IrqIndex::kIntx);
  std::array<uint8_t, 4> data{};
  interrupts_->read_table(8, data);
  EXPECT_EQ(data, (std::array<uint8_t, 4>{}));
}

}  // namespace
}  // namespace vireo::vfio
