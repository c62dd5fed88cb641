// A passed-through function's INTx.
#include <gtest/gtest.h>

#include "pci/capability_registers.h"
#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "vfio/passthrough_function.h"

namespace vireo::vfio {
namespace {

constexpr uint16_t kMsixControl = 0x62;
constexpr platform::InterruptPlace kPlace{.requester = 0x0100, .lines = {17, 18, 19, 16}};
const PassthroughSettings kSettings{.place = kPlace, .rom_size = 0, .rom_file = {}};

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

}  // namespace
}  // namespace vireo::vfio
