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

// A driver that has always more: the loop's other work waits for no more than a round.
class EndlessQueue final : public Virtqueue {
 public:
  explicit EndlessQueue(const platform::GuestMemory& memory) : Virtqueue(memory, 8, 0) {}
  bool publish() noexcept override { return false; }
  bool want_doorbells(bool) noexcept override { return true; }
  unsigned given_back = 0;

 private:
  Take take(ChainId&) noexcept override {
    return add({.address = RingDriver::kBuffers, .length = 4, .write = true}) ? Take::kChain : Take::kBroken;
  }
  void put(ChainId, uint32_t) noexcept override { ++given_back; }
};

TEST_F(EntropyDeviceTest, ServesOneRoundAtMost) {
  EndlessQueue queue(memory_);
  device_.serve(0, queue);
  EXPECT_EQ(queue.given_back, 8u);
}

}  // namespace
}  // namespace vireo::emulated
