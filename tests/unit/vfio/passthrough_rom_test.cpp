// A passed-through function's expansion ROM.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "vfio/passthrough_function.h"

namespace vireo::vfio {
namespace {

constexpr platform::InterruptPlace kPlace{.requester = 0x0100, .lines = {17, 18, 19, 16}};

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

}  // namespace
}  // namespace vireo::vfio
