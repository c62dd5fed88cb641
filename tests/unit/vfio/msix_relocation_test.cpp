// An MSI-X table in a BAR that the device does not have.
#include <gtest/gtest.h>

#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "vfio/passthrough_function.h"

namespace vireo::vfio {
namespace {

constexpr uint16_t kMsix = 0x60;
constexpr unsigned kBar = 2;

class MsixRelocation : public testing::Test {
 protected:
  MsixRelocation() {
    auto device = std::make_unique<fakes::FakeDevice>();
    fakes::make_nvme_vf(*device);
    device_ = device.get();
    function_ = std::make_unique<PassthroughFunction>(
        "vf", std::move(device),
        PassthroughSettings{.place = {.requester = 0x0100, .lines = {17, 18, 19, 16}}, .config = {.msix_bar = kBar}},
        router_);
  }
  template <size_t kSize>
  std::array<uint8_t, kSize> read(unsigned bar, uint64_t offset) {
    std::array<uint8_t, kSize> data{};
    function_->read_bar(bar, offset, data);
    return data;
  }

  fakes::FakeInterruptRouter router_;
  fakes::FakeDevice* device_ = nullptr;
  std::unique_ptr<PassthroughFunction> function_;
};

TEST_F(MsixRelocation, IsSaidByTheCapability) {
  EXPECT_EQ(function_->read_config(kMsix + 4, 4), uint32_t{kBar});
  EXPECT_EQ(function_->read_config(kMsix + 8, 4), 0x800u | kBar);
  EXPECT_EQ(function_->bars()[kBar].size, 4096u);
}

TEST_F(MsixRelocation, LeavesAllOfTheDevicesBarMapped) {
  ASSERT_EQ(device_->mapped.size(), 1u);
  EXPECT_EQ(device_->mapped[0], (fakes::FakeDevice::Access{0, 0, 0x4000}));
  EXPECT_TRUE(function_->direct_regions(kBar).empty());
}

TEST_F(MsixRelocation, JoinsTheVectorsThatAreWrittenThere) {
  const std::array<uint8_t, 16> entry{0, 0, 0xe0, 0xfe, 0, 0, 0, 0, 0x41};
  function_->write_bar(kBar, 16, entry);
  function_->write_config(kMsix + 2, 2, kMsixEnable);
  EXPECT_EQ(router_.committed.size(), 1u);
  EXPECT_EQ((read<4>(kBar, 16)), (std::array<uint8_t, 4>{0, 0, 0xe0, 0xfe}));
}

TEST_F(MsixRelocation, ShowsTheDevicesOwnPendingBits) {
  device_->bar.resize(0x4000);
  device_->bar[0x3000] = 0x04;
  EXPECT_EQ((read<8>(kBar, 0x800)[0]), 0x04);
}

TEST_F(MsixRelocation, HasNothingElse) {
  const std::array<uint8_t, 4> ones{1, 1, 1, 1};
  function_->write_bar(kBar, 0x400, ones);
  EXPECT_EQ((read<4>(kBar, 0x400)), (std::array<uint8_t, 4>{}));
  for (const fakes::FakeDevice::Access& write : device_->writes) EXPECT_EQ(write.region, kConfigRegion);
}

}  // namespace
}  // namespace vireo::vfio
