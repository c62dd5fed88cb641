#include "emulated/virtio/entropy_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_virtio_transport.h"
#include "tests/fakes/run_loop.h"
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
  platform::EventLoop loop_;
  EntropyDevice device_{loop_};
  base::EventFd doorbell_;
  fakes::FakeVirtioTransport transport_;

  void serve(Virtqueue& queue) {
    device_.start({.ring = queue, .doorbell = doorbell_, .transport = transport_});
    fakes::run_once(loop_);
    device_.stop(0);
  }
  std::vector<RingDriver::Used> serve() {
    serve(*queue_);
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
  serve(queue);
  EXPECT_LE(queue.given_back, 2 * 8u);
}

TEST_F(EntropyDeviceTest, InterruptsOnceForABatch) {
  driver_.add({{RingDriver::kBuffers, 64, true}});
  driver_.add({{RingDriver::kBuffers, 64, true}});
  serve();
  EXPECT_EQ(transport_.interrupts, (std::vector<unsigned>{0}));
}

TEST_F(EntropyDeviceTest, ServesNothingOnceItIsStopped) {
  device_.start({.ring = *queue_, .doorbell = doorbell_, .transport = transport_});
  device_.stop(0);
  driver_.add({{RingDriver::kBuffers, 64, true}});
  doorbell_.signal();
  fakes::run_once(loop_);
  EXPECT_TRUE(driver_.take().empty());
}

}  // namespace
}  // namespace vireo::emulated
