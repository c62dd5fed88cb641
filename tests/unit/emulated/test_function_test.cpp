// The device for tests of vireo, without a guest.
#include "emulated/test/test_function.h"

#include <gtest/gtest.h>

#include "pci/capability_registers.h"
#include "tests/fakes/fake_interrupt_router.h"

namespace vireo::emulated {
namespace {

using Reg = TestFunction::Reg;

constexpr platform::Gsi kLine = 10;

class TestDevice : public testing::Test {
 protected:
  template <typename T = uint32_t>
  T load(uint64_t offset) {
    T value{};
    function_.read_bar(0, offset, {reinterpret_cast<uint8_t*>(&value), sizeof value});
    return value;
  }
  template <typename T = uint32_t>
  void store(uint64_t offset, T value) {
    function_.write_bar(0, offset, {reinterpret_cast<const uint8_t*>(&value), sizeof value});
  }
  uint32_t get(Reg reg) { return load(static_cast<uint64_t>(reg)); }
  void set(Reg reg, uint32_t value) { store(static_cast<uint64_t>(reg), value); }
  void use_msix() {
    function_.write_config(pci::EndpointFunction::kMsixAt + 2, 2, pci::kMsixEnable);
    for (unsigned i = 0; i < TestFunction::kVectors; ++i) store<uint32_t>(TestFunction::kTableStart + 16 * i + 12, 0);
  }
  uint32_t config_status() { return function_.read_config(pci::kStatus, 2); }

  platform::EventLoop loop_;
  fakes::FakeInterruptRouter router_;
  TestFunction function_{"test", {.router = router_, .loop = loop_, .place = {.lines = {kLine}}}};
};

TEST_F(TestDevice, ShowsWhatItIs) {
  EXPECT_EQ(function_.read_config(pci::kVendorId, 4), 0x10f1'1af4u);
  EXPECT_EQ(get(Reg::kIdentity), TestFunction::kIdentityValue);
  EXPECT_EQ(function_.bars()[0], TestFunction::planned_bars()[0]);
}

TEST_F(TestDevice, KeepsWhatIsStoredByAnyWidth) {
  store<uint64_t>(0x20, 0x1122334455667788);
  store<uint8_t>(0x23, 0xaa);
  EXPECT_EQ(load<uint64_t>(0x20), 0x11223344aa667788u);
  EXPECT_EQ(load<uint16_t>(0x22), 0xaa66);
}

TEST_F(TestDevice, SplitsAStoreOverTwoRegisters) {
  store<uint64_t>(0x24, 0x1111111122222222);
  EXPECT_EQ(load<uint64_t>(0x20), 0x2222222200000000u);
  EXPECT_EQ(load<uint64_t>(0x28), 0x0000000011111111u);
}

TEST_F(TestDevice, CountsStores) {
  set(Reg::kScratch0, 1);
  set(Reg::kIdentity, 0);
  load(0x20);
  EXPECT_EQ(get(Reg::kStores), 2u);
  EXPECT_EQ(get(Reg::kIdentity), TestFunction::kIdentityValue);
}

TEST_F(TestDevice, CountsSignalsOfItsDoorbell) {
  const pci::BarDoorbell& bell = function_.doorbells(0)[0];
  EXPECT_EQ(bell.offset, 0x40u);
  bell.event->signal();
  bell.event->signal();
  EXPECT_EQ(get(Reg::kRings), 2u);
  EXPECT_EQ(get(Reg::kStores), 0u);
}

TEST_F(TestDevice, CountsADoorbellThatTrapped) {
  store<uint16_t>(0x40, 7);
  EXPECT_EQ(get(Reg::kRings), 1u);
  EXPECT_EQ(get(Reg::kStores), 1u);
}

TEST_F(TestDevice, HasOneDoorbellInOneBar) {
  EXPECT_EQ(function_.doorbells(0).size(), 1u);
  EXPECT_TRUE(function_.doorbells(1).empty());
}

TEST_F(TestDevice, FiresAVector) {
  use_msix();
  const int event = router_.attached.at(26).event;
  set(Reg::kRaise, 2);
  uint64_t count = 0;
  EXPECT_EQ(::read(event, &count, sizeof count), static_cast<ssize_t>(sizeof count));
  EXPECT_EQ(get(Reg::kLine), 0u);
}

TEST_F(TestDevice, IgnoresAVectorThatIsNone) {
  use_msix();
  set(Reg::kRaise, TestFunction::kVectors);
  set(Reg::kRaise, ~0u);
  EXPECT_EQ(router_.attached.size(), TestFunction::kVectors);
}

TEST_F(TestDevice, KeepsItsLineUpUntilItIsToldNotTo) {
  set(Reg::kRaise, 0);
  EXPECT_TRUE(router_.attached.contains(kLine));
  EXPECT_EQ(get(Reg::kLine), 1u);
  EXPECT_EQ(config_status() & pci::kStatusInterrupt, pci::kStatusInterrupt);
  set(Reg::kLine, 0);
  EXPECT_EQ(config_status() & pci::kStatusInterrupt, 0u);
}

TEST_F(TestDevice, ForgetsAllByAReset) {
  store<uint32_t>(0x28, 5);
  set(Reg::kLine, 1);
  set(Reg::kDoorbell, 1);
  function_.reset();
  EXPECT_EQ(load(0x28), 0u);
  EXPECT_EQ(get(Reg::kStores), 0u);
  EXPECT_EQ(get(Reg::kRings), 0u);
  EXPECT_EQ(get(Reg::kLine), 0u);
}

TEST_F(TestDevice, ReadsZerosWhereNothingIs) {
  EXPECT_EQ(load(0x100), 0u);
}

}  // namespace
}  // namespace vireo::emulated
