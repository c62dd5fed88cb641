// What only a packed ring can be told. virtio 1.2 2.8.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

using Used = RingDriver::Used;
using testing::ElementsAre;

constexpr uint64_t kRam = base::kMiB;
constexpr uint64_t kBuffers = RingDriver::kBuffers;

class PackedRingTest : public testing::Test {
 protected:
  void start(uint16_t size) {
    driver_ = std::make_unique<PackedDriver>(memory_, size);
    queue_ = make_virtqueue(memory_, driver_->layout(), kFeaturePackedRing | kFeatureIndirect);
  }

  platform::GuestMemory memory_{{{.range = *base::GuestRange::make(base::GuestAddress(0), kRam), .offset = 0}}, {}};
  std::unique_ptr<PackedDriver> driver_;
  std::unique_ptr<Virtqueue> queue_;
};

// virtio 1.2 2.8.10.1: any size, not only powers of two.
TEST_F(PackedRingTest, TakesASizeThatIsNoPowerOfTwo) {
  start(5);
  for (uint16_t i = 0; i < 12; ++i) {
    driver_->add({{kBuffers, 4}, {kBuffers, 4, true}});
    const auto chain = queue_->pop();
    ASSERT_TRUE(chain);
    queue_->complete(chain->id, i);
    queue_->publish();
    ASSERT_THAT(driver_->take(), ElementsAre(Used{i, i}));
  }
}

TEST_F(PackedRingTest, BreaksAtAChainWithoutEnd) {
  start(4);
  for (unsigned i = 0; i < 4; ++i) driver_->put(RingDriver::kDescriptors, i, {kBuffers, 4}, 0, 0x80 | 1);
  EXPECT_FALSE(queue_->pop());
  EXPECT_TRUE(queue_->broken());
}

// Made available again and again without having been used.
TEST_F(PackedRingTest, BreaksWhenMoreIsInFlightThanThereIs) {
  start(4);
  for (unsigned i = 0; i < 4; ++i) driver_->add({{kBuffers, 4}});
  for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(queue_->pop());
  driver_->put(RingDriver::kDescriptors, 0, {kBuffers, 4}, 9, 0x8000);
  EXPECT_FALSE(queue_->pop());
  EXPECT_TRUE(queue_->broken());
}

TEST_F(PackedRingTest, KnowsChainsByAnyNumber) {
  start(4);
  driver_->put(RingDriver::kDescriptors, 0, {kBuffers, 4, true}, 0xfedc, 0x80 | 2);
  EXPECT_EQ(queue_->pop()->id, (ChainId{.id = 0xfedc, .descriptors = 1}));
}

}  // namespace
}  // namespace vireo::emulated
