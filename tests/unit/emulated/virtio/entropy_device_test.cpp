#include "emulated/virtio/entropy_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

class EntropyDeviceTest : public testing::Test {
 protected:
  platform::GuestMemory memory_{{{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}},
                                {}};
  SplitDriver driver_{memory_, 8};
  std::unique_ptr<Virtqueue> queue_ = make_virtqueue(memory_, driver_.layout(), 0);
  EntropyDevice device_;

  std::vector<RingDriver::Used> serve() {
    device_.serve(0, *queue_);
    queue_->publish();
    return driver_.take();
  }
};

TEST_F(EntropyDeviceTest, FillsABuffer) {
  driver_.add({{RingDriver::kBuffers, 64, true}});
  EXPECT_EQ(serve().at(0).written, 64u);
  const auto bytes = memory_.bytes(base::GuestAddress(RingDriver::kBuffers), 64);
  EXPECT_FALSE(std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; }));
}

TEST_F(EntropyDeviceTest, FillsPartOfALargeBuffer) {
  driver_.add({{RingDriver::kBuffers, 0x10000, true}});
  EXPECT_EQ(serve().at(0).written, 256u);
}

TEST_F(EntropyDeviceTest, GivesBackWhatItCannotFill) {
  driver_.add({{RingDriver::kBuffers, 64}});
  EXPECT_EQ(serve().at(0).written, 0u);
}

// virtio 1.2 5.4.6.2: the rest of the queue waits for its turn.
TEST_F(EntropyDeviceTest, ServesOneRoundAtMost) {
  for (unsigned i = 0; i < 8; ++i) driver_.add({{RingDriver::kBuffers, 4, true}});
  EXPECT_EQ(serve().size(), 8u);
}

}  // namespace
}  // namespace vireo::emulated
