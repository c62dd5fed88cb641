#include "vfio/passthrough_function.h"

#include <gtest/gtest.h>

#include "pci/capability_registers.h"
#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_interrupt_router.h"

namespace vireo::vfio {
namespace {

constexpr uint16_t kPmcsr = 0x44;
constexpr uint16_t kMsixControl = 0x62;
constexpr uint16_t kDeviceControlAt = 0x88;
constexpr platform::InterruptPlace kPlace{.requester = 0x0100, .lines = {17, 18, 19, 16}};
const PassthroughSettings kSettings{.place = kPlace, .rom_size = 0, .rom_file = {}};

class PassthroughTest : public testing::Test {
 protected:
  PassthroughTest() {
    auto device = std::make_unique<fakes::FakeDevice>();
    fakes::make_nvme_vf(*device);
    device_ = device.get();
    function_ = std::make_unique<PassthroughFunction>("vf", std::move(device), kSettings, router_);
  }
  void write_table(unsigned vector, uint32_t control) {
    const std::array<uint8_t, 16> entry{0, 0, 0xe0, 0xfe, 0, 0, 0, 0, 0x41, 0, 0, 0, static_cast<uint8_t>(control),
                                        0, 0, 0};
    function_->write_bar(0, 0x2000 + 16 * vector, entry);
  }
  void enable_msix() { function_->write_config(kMsixControl, 2, kMsixEnable); }

  fakes::FakeInterruptRouter router_;
  fakes::FakeDevice* device_ = nullptr;
  std::unique_ptr<PassthroughFunction> function_;
};

TEST_F(PassthroughTest, BuildingResetsNothing) {
  EXPECT_EQ(device_->resets, 0u);
}

TEST_F(PassthroughTest, MapsAllOfTheBarButTableAndPba) {
  ASSERT_EQ(device_->mapped.size(), 1u);
  EXPECT_EQ(device_->mapped[0], (fakes::FakeDevice::Access{0, 0, 0x2000}));
}

TEST_F(PassthroughTest, SaysWhenADeviceDoesNotComeBackFromItsReset) {
  device_->dies_by_reset = true;
  function_->reset();
  EXPECT_TRUE(function_->error_event().consume());
  std::array<uint8_t, 4> data{};
  function_->read_bar(0, 0, data);
  EXPECT_EQ(data, (std::array<uint8_t, 4>{0xff, 0xff, 0xff, 0xff}));
}

TEST_F(PassthroughTest, SaysNothingOfADeviceThatDoes) {
  function_->reset();
  EXPECT_FALSE(function_->error_event().consume());
}

TEST_F(PassthroughTest, GivesItsDeviceBack) {
  write_table(0, 0);
  enable_msix();
  function_->give_back();
  EXPECT_TRUE(device_->closed);
  EXPECT_TRUE(router_.attached.empty());
  EXPECT_TRUE(function_->direct_regions(0).empty());
}

TEST_F(PassthroughTest, MapsNothingOfATrappedBar) {
  auto device = std::make_unique<fakes::FakeDevice>();
  fakes::make_nvme_vf(*device);
  const fakes::FakeDevice& seen = *device;
  const PassthroughSettings settings{.place = kPlace, .rom_file = {}, .trapped_bars = {0}};
  const PassthroughFunction function("vf", std::move(device), settings, router_);
  EXPECT_TRUE(seen.mapped.empty());
}

// PCIe 6.0 7.5.1.1.9: bit 7 of the header type says that there are more functions.
TEST_F(PassthroughTest, SaysThatItsDeviceHasMoreFunctions) {
  auto device = std::make_unique<fakes::FakeDevice>();
  fakes::make_nvme_vf(*device);
  const PassthroughSettings settings{.place = kPlace, .rom_file = {}, .one_of_several = true};
  PassthroughFunction function("vf", std::move(device), settings, router_);
  EXPECT_EQ(function.read_config(pci::kHeaderType, 1), 0x80u);
  EXPECT_EQ(function_->read_config(pci::kHeaderType, 1), 0u);
}

TEST_F(PassthroughTest, ShowsTheStateOfItsVectors) {
  write_table(1, 0);
  enable_msix();
  const InterruptState state = function_->interrupt_state();
  EXPECT_EQ(state.kind, InterruptKind::kMsix);
  ASSERT_EQ(state.vectors.size(), 4u);
  EXPECT_TRUE(state.vectors[0].masked);
  EXPECT_FALSE(state.vectors[1].masked);
  EXPECT_TRUE(state.vectors[1].attached);
  EXPECT_TRUE(state.vectors[1].gsi.has_value());
}

TEST_F(PassthroughTest, KeepsMemoryEnabledAtTheHost) {
  function_->write_config(pci::kCommand, 2, 0);
  EXPECT_EQ(device_->get(pci::kCommand, 2) & pci::kCommandMemory, pci::kCommandMemory);
  EXPECT_EQ(function_->read_config(pci::kCommand, 2), 0u);
}

TEST_F(PassthroughTest, PassesBusMasteringOn) {
  function_->write_config(pci::kCommand, 2, pci::kCommandBusMaster);
  EXPECT_NE(device_->get(pci::kCommand, 2) & pci::kCommandBusMaster, 0u);
  function_->write_config(pci::kCommand, 2, 0);
  EXPECT_EQ(device_->get(pci::kCommand, 2) & pci::kCommandBusMaster, 0u);
}

TEST_F(PassthroughTest, ShowsABarsSize) {
  function_->write_config(pci::kFirstBar, 4, 0xffffffff);
  EXPECT_EQ(function_->read_config(pci::kFirstBar, 4), 0xffffc004u);
}

// PCIe 6.0 7.5.2.2: a store of a state that is not supported is discarded.
TEST_F(PassthroughTest, StaysInItsPowerStateWhenAskedForD1) {
  function_->write_config(kPmcsr, 2, 1);
  EXPECT_EQ(function_->read_config(kPmcsr, 2) & 3, 0u);
  function_->write_config(kPmcsr, 2, 3);
  function_->write_config(kPmcsr, 2, 2);
  EXPECT_EQ(function_->read_config(kPmcsr, 2) & 3, 3u);
}

TEST_F(PassthroughTest, CutsAStoreAtTheEndOfItsBar) {
  const std::array<uint8_t, 8> data{};
  function_->write_bar(0, 0x3ffc, data);
  ASSERT_FALSE(device_->writes.empty());
  EXPECT_EQ(device_->writes.back(), (fakes::FakeDevice::Access{0, 0x3ffc, 4}));
}

TEST_F(PassthroughTest, ReadsOnesBeyondTheEndOfItsBar) {
  std::array<uint8_t, 8> data{};
  function_->read_bar(0, 0x3ffc, data);
  EXPECT_EQ(data[4], 0xff);
}

TEST_F(PassthroughTest, ComesBackByAResetAfterARefusedStore) {
  const std::array<uint8_t, 4> data{1, 2, 3, 4};
  device_->gone = true;
  function_->write_bar(0, 0x3f00, data);
  device_->gone = false;
  function_->reset();
  device_->writes.clear();
  function_->write_bar(0, 0x3f00, data);
  EXPECT_EQ(device_->writes.size(), 1u);
}

TEST_F(PassthroughTest, AttachesAVectorThatIsUnmasked) {
  enable_msix();
  write_table(1, 0);
  EXPECT_EQ(router_.attached.size(), 1u);
}

TEST_F(PassthroughTest, AttachesNothingWhileTheFunctionIsMasked) {
  function_->write_config(kMsixControl, 2, kMsixEnable | kMsixFunctionMask);
  write_table(1, 0);
  EXPECT_TRUE(router_.attached.empty());
  enable_msix();
  EXPECT_EQ(router_.attached.size(), 1u);
}

// The enable bit is in the control's upper byte: drivers store it by byte, word and dword.
TEST_F(PassthroughTest, TakesTheEnableBitByByte) {
  function_->write_config(kMsixControl + 1, 1, kMsixEnable >> 8);
  EXPECT_EQ(device_->irq_calls.back().index, IrqIndex::kMsix);
}

TEST_F(PassthroughTest, TakesTheEnableBitByDword) {
  function_->write_config(kMsixControl - 2, 4, uint32_t{kMsixEnable} << 16);
  EXPECT_EQ(device_->irq_calls.back().index, IrqIndex::kMsix);
}

TEST_F(PassthroughTest, DisablesVectorsWhenMsixIsDisabled) {
  enable_msix();
  write_table(0, 0);
  function_->write_config(kMsixControl, 2, 0);
  EXPECT_TRUE(router_.attached.empty());
  EXPECT_EQ(device_->disables, 1u);
}

TEST_F(PassthroughTest, ShowsThePendingBit) {
  enable_msix();
  const uint64_t one = 1;
  ASSERT_EQ(::write(device_->irq_calls.back().events[2], &one, sizeof one), 8);
  std::array<uint8_t, 8> pending{};
  function_->read_bar(0, 0x3000, pending);
  EXPECT_EQ(pending[0], 1 << 2);
}

TEST_F(PassthroughTest, PassesTheRestOfTheTablesPageToTheDevice) {
  device_->writes.clear();
  function_->write_bar(0, 0x2800, std::array<uint8_t, 4>{1, 2, 3, 4});
  ASSERT_EQ(device_->writes.size(), 1u);
  EXPECT_EQ(device_->writes[0].offset, 0x2800u);
}

TEST_F(PassthroughTest, SplitsAnAccessThatStraddlesTheTablesEnd) {
  device_->writes.clear();
  function_->write_bar(0, 0x203c, std::array<uint8_t, 8>{});
  ASSERT_EQ(device_->writes.size(), 1u);
  EXPECT_EQ(device_->writes[0], (fakes::FakeDevice::Access{0, 0x2040, 4}));
}

// PCIe 6.0 6.6.2: function level reset puts registers back, ours too.
TEST_F(PassthroughTest, ResetsOnFlrAndForgetsItsState) {
  enable_msix();
  write_table(0, 0);
  function_->write_config(kDeviceControlAt, 2, 1 << 15);
  EXPECT_EQ(device_->resets, 1u);
  EXPECT_TRUE(router_.attached.empty());
  EXPECT_EQ(function_->read_config(kMsixControl, 2), 3u);
}

// PCIe 6.0 7.5.3.4: the bit that initiates the reset reads zero.
TEST_F(PassthroughTest, ReadsTheFlrBitAsZero) {
  function_->write_config(kDeviceControlAt, 2, 1 << 15);
  EXPECT_EQ(function_->read_config(kDeviceControlAt, 2) & (1u << 15), 0u);
}

TEST_F(PassthroughTest, DecodesNothingInD3hot) {
  function_->write_config(pci::kCommand, 2, pci::kCommandMemory);
  EXPECT_EQ(function_->decode().size(), 1u);
  EXPECT_TRUE(function_->write_config(kPmcsr, 2, 3).decode);
  EXPECT_TRUE(function_->decode().empty());
}

// PCIe 6.0 5.3.1.4: leaving D3hot without NoSoftReset resets the function.
TEST_F(PassthroughTest, ResetsWhenItLeavesD3hot) {
  function_->write_config(kPmcsr, 2, 3);
  function_->write_config(kPmcsr, 2, 0);
  EXPECT_EQ(device_->resets, 1u);
}

TEST_F(PassthroughTest, ReadsAllOnesFromADeviceThatIsGone) {
  device_->gone = true;
  std::array<uint8_t, 4> data{};
  function_->read_bar(0, 0x2800, data);
  EXPECT_EQ(data, (std::array<uint8_t, 4>{0xff, 0xff, 0xff, 0xff}));
}

TEST_F(PassthroughTest, SurvivesAResetThatTheHostRefuses) {
  device_->reset_error = -EIO;
  function_->reset();
  EXPECT_EQ(device_->resets, 1u);
}

TEST_F(PassthroughTest, ShutsItsInterruptsDown) {
  enable_msix();
  write_table(0, 0);
  function_->shut_down();
  EXPECT_TRUE(router_.attached.empty());
}

TEST_F(PassthroughTest, ShowsNoPinThatTheHostCannotConnect) {
  EXPECT_EQ(function_->read_config(pci::kInterruptPin, 1), 0u);
  EXPECT_NE(device_->get(pci::kCommand, 2) & pci::kCommandIntxDisable, 0u);
}

TEST_F(PassthroughTest, HasNoRomRegisterWithoutARom) {
  function_->write_config(pci::kRomBar, 4, 0xffffffff);
  EXPECT_EQ(function_->read_config(pci::kRomBar, 4), 0u);
}

}  // namespace
}  // namespace vireo::vfio
