#include "vfio/passthrough_function.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

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

// A NIC as it comes: with a pin.
class LineTest : public testing::Test {
 protected:
  LineTest() {
    auto device = std::make_unique<fakes::FakeDevice>();
    fakes::make_nvme_vf(*device);
    device->put(pci::kInterruptPin, 1, 1);
    device->irqs[IrqIndex::kIntx] = {.count = 1};
    device_ = device.get();
    function_ = std::make_unique<PassthroughFunction>("nic", std::move(device), kSettings, router_);
  }
  fakes::FakeInterruptRouter router_;
  fakes::FakeDevice* device_ = nullptr;
  std::unique_ptr<PassthroughFunction> function_;
};

TEST_F(LineTest, ShowsItsPin) {
  EXPECT_EQ(function_->read_config(pci::kInterruptPin, 1), 1u);
}

TEST_F(PassthroughTest, ShowsNoPinThatTheHostCannotConnect) {
  EXPECT_EQ(function_->read_config(pci::kInterruptPin, 1), 0u);
  EXPECT_NE(device_->get(pci::kCommand, 2) & pci::kCommandIntxDisable, 0u);
}

TEST_F(LineTest, PassesInterruptDisableOn) {
  EXPECT_EQ(device_->get(pci::kCommand, 2) & pci::kCommandIntxDisable, 0u);
  function_->write_config(pci::kCommand, 2, pci::kCommandIntxDisable);
  EXPECT_NE(device_->get(pci::kCommand, 2) & pci::kCommandIntxDisable, 0u);
}

TEST_F(LineTest, ShowsTheDevicesInterruptStatus) {
  EXPECT_EQ(function_->read_config(pci::kStatus, 2) & pci::kStatusInterrupt, 0u);
  device_->put(pci::kStatus, 2, pci::kStatusInterrupt);
  EXPECT_EQ(function_->read_config(pci::kStatus, 2) & pci::kStatusInterrupt, pci::kStatusInterrupt);
  EXPECT_EQ(function_->read_config(pci::kCommand, 4) >> 16 & pci::kStatusInterrupt, pci::kStatusInterrupt);
}

TEST_F(LineTest, HasItsLineAgainAfterAReset) {
  function_->write_config(kMsixControl, 2, kMsixEnable);
  EXPECT_EQ(device_->joined, IrqIndex::kMsix);
  function_->reset();
  EXPECT_EQ(device_->joined, IrqIndex::kIntx);
  EXPECT_TRUE(router_.attached.contains(17));
}

// A card whose ROM of 64 KiB has 0xab in each byte.
class RomTest : public testing::Test {
 protected:
  void build(const std::string& file = {}) {
    auto device = std::make_unique<fakes::FakeDevice>();
    fakes::make_nvme_vf(*device);
    device->regions[kRomRegion] = {.size = 0x8000, .readable = true};
    device->rom.assign(0x8000, 0xab);
    device_ = device.get();
    const PassthroughSettings settings{.place = kPlace, .rom_size = 0x10000, .rom_file = file};
    function_ = std::make_unique<PassthroughFunction>("card", std::move(device), settings, router_);
  }
  std::array<uint8_t, 4> read_rom(uint64_t offset) {
    std::array<uint8_t, 4> data{};
    function_->read_bar(pci::kRomIndex, offset, data);
    return data;
  }
  bool rom_decodes() {
    const auto decoded = function_->decode();
    return std::any_of(decoded.begin(), decoded.end(), [](const auto& bar) { return bar.bar == pci::kRomIndex; });
  }

  fakes::FakeInterruptRouter router_;
  fakes::FakeDevice* device_ = nullptr;
  std::unique_ptr<PassthroughFunction> function_;
};

// PCIe 6.0 7.5.1.2.4: bits 31:11 hold the address, bit 0 the enable.
TEST_F(RomTest, IsSizedAsABar) {
  build();
  function_->write_config(pci::kRomBar, 4, 0xffffffff);
  EXPECT_EQ(function_->read_config(pci::kRomBar, 4), 0xffff0001u);
  function_->write_config(pci::kRomBar, 4, 0xfffff800);
  EXPECT_EQ(function_->read_config(pci::kRomBar, 4), 0xffff0000u);
}

TEST_F(RomTest, AnswersWhenItsOwnBitAndMemoryAreOn) {
  build();
  function_->write_config(pci::kCommand, 2, pci::kCommandMemory);
  EXPECT_FALSE(rom_decodes());
  EXPECT_TRUE(function_->write_config(pci::kRomBar, 4, 0x80000001).decode);
  EXPECT_TRUE(rom_decodes());
  function_->write_config(pci::kCommand, 2, 0);
  EXPECT_FALSE(rom_decodes());
}

TEST_F(RomTest, ShowsTheDevicesBytesAndOnesBehindThem) {
  build();
  EXPECT_EQ(read_rom(0x7ffc), (std::array<uint8_t, 4>{0xab, 0xab, 0xab, 0xab}));
  EXPECT_EQ(read_rom(0x7ffe), (std::array<uint8_t, 4>{0xab, 0xab, 0xff, 0xff}));
  EXPECT_EQ(read_rom(0xfffe), (std::array<uint8_t, 4>{0xff, 0xff, 0xff, 0xff}));
}

TEST_F(RomTest, IsReadFromTheDeviceOnce) {
  build();
  read_rom(0);
  device_->rom.assign(0x8000, 0xcd);
  EXPECT_EQ(read_rom(0)[0], 0xab);
}

TEST_F(RomTest, ShowsAFileInPlaceOfTheDevicesRom) {
  const std::string path = testing::TempDir() + "rom-of-test";
  std::ofstream(path, std::ios::binary) << "\x55\xaa!";
  build(path);
  EXPECT_EQ(read_rom(0), (std::array<uint8_t, 4>{0x55, 0xaa, '!', 0xff}));
  std::remove(path.c_str());
}

TEST_F(RomTest, ReadsOnesWhereThereIsNothingToRead) {
  build("/nowhere/rom");
  EXPECT_EQ(read_rom(0)[0], 0xff);
}

// A guest's load must not end vireo.
TEST_F(RomTest, SurvivesAHostThatFailsAndLooksAgainAfterAReset) {
  build();
  device_->region_fails = true;
  EXPECT_EQ(read_rom(0)[0], 0xff);
  device_->region_fails = false;
  EXPECT_EQ(read_rom(0)[0], 0xff);
  function_->reset();
  EXPECT_EQ(read_rom(0)[0], 0xab);
}

TEST_F(RomTest, TakesNoStores) {
  build();
  const size_t before = device_->writes.size();
  function_->write_bar(pci::kRomIndex, 0, std::array<uint8_t, 4>{});
  EXPECT_EQ(device_->writes.size(), before);
}

TEST_F(PassthroughTest, HasNoRomRegisterWithoutARom) {
  function_->write_config(pci::kRomBar, 4, 0xffffffff);
  EXPECT_EQ(function_->read_config(pci::kRomBar, 4), 0u);
}

}  // namespace
}  // namespace vireo::vfio
