// MSI-X of an emulated function. Source: PCIe 6.0 7.7.2.
#include "pci/msix_interrupts.h"

#include <gtest/gtest.h>

#include "pci/capability_registers.h"
#include "tests/fakes/fake_interrupt_router.h"

namespace vireo::pci {
namespace {

constexpr uint16_t kAt = 0x80;
constexpr unsigned kVectors = 10;

class MsixInterruptsTest : public testing::Test {
 protected:
  void set_control(uint32_t control) {
    config_.write(kAt + 2, 2, control);
    interrupts_.update();
  }
  void set_entry(unsigned vector, unsigned word, uint32_t value) {
    interrupts_.write_table(vector * 16 + word * 4, {reinterpret_cast<const uint8_t*>(&value), 4});
  }
  // A message, and not masked.
  void open(unsigned vector) {
    set_entry(vector, 0, 0xfee0'0000);
    set_entry(vector, 2, 0x40 + vector);
    set_entry(vector, 3, 0);
  }
  uint16_t pending() {
    uint16_t bits = 0;
    interrupts_.read_pending(0, {reinterpret_cast<uint8_t*>(&bits), sizeof bits});
    return bits;
  }
  // How often the vector's irqfd was signalled since the last call.
  uint64_t fired(platform::Gsi gsi) {
    uint64_t count = 0;
    const auto found = router_.attached.find(gsi);
    if (found != router_.attached.end() && ::read(found->second.event, &count, sizeof count) < 0) count = 0;
    return count;
  }

  fakes::FakeInterruptRouter router_;
  ConfigSpace config_;
  MsixInterrupts interrupts_{
      config_,
      {.capability = kAt, .bar = 2, .table = 0x1000, .pending = 0x2000, .vectors = kVectors, .requester = 0x108},
      router_};
};

TEST_F(MsixInterruptsTest, ShowsItsCapability) {
  EXPECT_EQ(config_.read(kAt, 1), 0x11u);
  EXPECT_EQ(config_.read(kAt + 2, 2), kVectors - 1);
  EXPECT_EQ(config_.read(kAt + 4, 4), 0x1002u);
  EXPECT_EQ(config_.read(kAt + 8, 4), 0x2002u);
}

TEST_F(MsixInterruptsTest, DropsWhatFiresWhileItIsOff) {
  interrupts_.raise(0);
  EXPECT_EQ(pending(), 0u);
  EXPECT_TRUE(router_.attached.empty());
}

TEST_F(MsixInterruptsTest, FiresByTheIrqfd) {
  set_control(kMsixEnable);
  open(3);
  interrupts_.raise(3);
  ASSERT_EQ(router_.attached.size(), 1u);
  const platform::Gsi gsi = router_.attached.begin()->first;
  EXPECT_EQ(fired(gsi), 1u);
  EXPECT_EQ(router_.committed[gsi], (platform::MsiMessage{.address = 0xfee0'0000, .data = 0x43}));
  EXPECT_EQ(router_.device_ids[gsi], 0x108u);
}

// PCIe 6.0 7.7.2.9: a masked vector's bit is set, and it is delivered once when it is unmasked: KVM makes one message
// of whatever an eventfd counts.
TEST_F(MsixInterruptsTest, KeepsWhatFiresWhileItIsMasked) {
  set_control(kMsixEnable);
  open(9);
  set_entry(9, 3, 1);
  interrupts_.raise(9);
  interrupts_.raise(9);
  EXPECT_EQ(pending(), 1u << 9);
  EXPECT_TRUE(router_.attached.empty());
  set_entry(9, 3, 0);
  EXPECT_EQ(pending(), 0u);
  EXPECT_NE(fired(24), 0u);
}

TEST_F(MsixInterruptsTest, KeepsWhatFiresWhileAllAreMasked) {
  set_control(kMsixEnable | kMsixFunctionMask);
  open(0);
  interrupts_.raise(0);
  EXPECT_EQ(pending(), 1u);
  set_control(kMsixEnable);
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(fired(24), 1u);
}

TEST_F(MsixInterruptsTest, SendsElsewhereOnceItIsToldSo) {
  set_control(kMsixEnable);
  open(0);
  set_entry(0, 2, 0x99);
  EXPECT_EQ(router_.committed[24].data, 0x99u);
}

TEST_F(MsixInterruptsTest, GivesItsRoutesBackWhenItIsTurnedOff) {
  set_control(kMsixEnable);
  open(0);
  open(1);
  set_control(0);
  EXPECT_TRUE(router_.attached.empty());
  EXPECT_TRUE(router_.allocated.empty());
}

TEST_F(MsixInterruptsTest, ForgetsAllByAReset) {
  set_control(kMsixEnable | kMsixFunctionMask);
  interrupts_.raise(0);
  interrupts_.reset();
  EXPECT_EQ(pending(), 0u);
  uint32_t control = 0;
  interrupts_.read_table(12, {reinterpret_cast<uint8_t*>(&control), 4});
  EXPECT_EQ(control & 1, 1u);
}

// The host has no route left, or refuses the irqfd: the vector stays pending and nothing leaks.
TEST_F(MsixInterruptsTest, KeepsPendingWhatTheHostRefuses) {
  router_.fail = true;
  set_control(kMsixEnable);
  open(0);
  interrupts_.raise(0);
  EXPECT_EQ(pending(), 1u);
  EXPECT_TRUE(router_.allocated.empty());
  router_.fail = false;
  set_entry(0, 3, 1);
  set_entry(0, 3, 0);
  EXPECT_EQ(fired(25), 1u);
}

TEST_F(MsixInterruptsTest, IgnoresAVectorThatIsNone) {
  set_control(kMsixEnable);
  interrupts_.raise(kVectors);
  interrupts_.raise(0xffff);
  EXPECT_EQ(pending(), 0u);
}

TEST_F(MsixInterruptsTest, ReadsZerosPastThePendingBits) {
  std::array<uint8_t, 8> bytes;
  bytes.fill(0xff);
  interrupts_.read_pending(0xff8, bytes);
  EXPECT_EQ(bytes, (std::array<uint8_t, 8>{}));
}

}  // namespace
}  // namespace vireo::pci
