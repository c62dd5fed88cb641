// A pair of a NIC's queues on its own thread, driven as a driver does. virtio 1.2 5.1.
#include "emulated/virtio/net_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>

#include <deque>

#include "emulated/virtio/net_registers.h"
#include "tests/fakes/fake_virtio_transport.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Bytes = std::vector<uint8_t>;

// Frames from and to a test. It is readable once a frame, or the end, was given.
class FakeBackend final : public NetBackend {
 public:
  int file() const override { return readable_.get(); }
  uint64_t features() const override { return kNetChecksum; }
  void accept(uint64_t features) noexcept override { accepted = features; }
  ssize_t receive(std::span<uint8_t> packet) noexcept override {
    const std::lock_guard lock(mutex);
    if (frames.empty()) {
      readable_.consume();
      return gone ? -1 : 0;
    }
    const Bytes frame = frames.front();
    frames.pop_front();
    std::ranges::copy(frame, packet.begin());
    return static_cast<ssize_t>(frame.size());
  }
  bool send(std::span<const iovec> packet) noexcept override {
    const std::lock_guard lock(mutex);
    policy = ::sched_getscheduler(0);
    Bytes bytes;
    for (const iovec& part : packet)
      bytes.insert(bytes.end(), static_cast<uint8_t*>(part.iov_base),
                   static_cast<uint8_t*>(part.iov_base) + part.iov_len);
    sent.push_back(bytes);
    return !gone;
  }
  void give(const Bytes& frame) {
    const std::lock_guard lock(mutex);
    frames.push_back(frame);
    readable_.signal();
  }
  void end() {
    const std::lock_guard lock(mutex);
    gone = true;
    readable_.signal();
  }

  std::mutex mutex;
  std::deque<Bytes> frames;
  std::vector<Bytes> sent;
  int policy = -1;  // of the thread that sends
  std::atomic<uint64_t> accepted = 0;
  bool gone = false;

 private:
  base::EventFd readable_;
};

class NetThreadTest : public testing::Test {
 protected:
  ~NetThreadTest() override {
    pair_.stop(kReceiveQueue);
    pair_.stop(kTransmitQueue);
  }
  static std::unique_ptr<NetBackend> make_backend(FakeBackend*& backend) {
    auto made = std::make_unique<FakeBackend>();
    backend = made.get();
    return made;
  }
  void start(unsigned index, uint64_t features = kFeatureVersion1 | kNetMergeable) {
    pair_.on_loss([this] { ++losses_; });
    ring_ = make_virtqueue(memory_, driver_.layout(), features);
    pair_.start({.index = index, .ring = *ring_, .doorbell = doorbell_, .transport = transport_, .features = features});
  }
  Bytes at(uint64_t address, size_t size) {
    const auto bytes = memory_.bytes(base::GuestAddress(address), size);
    return {bytes.begin(), bytes.end()};
  }
  bool interrupted(std::chrono::milliseconds patience = 10s) {
    pollfd event{.fd = transport_.event.get(), .events = POLLIN, .revents = 0};
    const bool came = ::poll(&event, 1, static_cast<int>(patience.count())) == 1;
    transport_.event.consume();
    return came;
  }
  std::vector<RingDriver::Used> await(size_t count) {
    std::vector<RingDriver::Used> all;
    while (all.size() < count && interrupted()) {
      const auto more = driver_.take();
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }
  static Bytes frame(size_t size, uint8_t value = 7) {
    Bytes bytes(sizeof(NetHeader), 0);
    bytes.insert(bytes.end(), size, value);
    return bytes;
  }

  platform::GuestMemory memory_{{{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}},
                                {}};
  SplitDriver driver_{memory_, 16};
  fakes::FakeVirtioTransport transport_;
  base::EventFd doorbell_;
  std::unique_ptr<Virtqueue> ring_;
  FakeBackend* backend_ = nullptr;
  std::atomic<unsigned> losses_ = 0;
  NetThread pair_{make_backend(backend_), "net"};
};

TEST_F(NetThreadTest, Receives) {
  driver_.add({{RingDriver::kBuffers, 2048, true}});
  start(kReceiveQueue);
  backend_->give(frame(100));
  EXPECT_THAT(await(1), ElementsAre(RingDriver::Used{0, 112}));
  Bytes expected = frame(100);
  expected[10] = 1;  // num_buffers
  EXPECT_EQ(at(RingDriver::kBuffers, 112), expected);
}

// virtio 1.2 5.1.6.4: a frame may fill several buffers; its header says how many.
TEST_F(NetThreadTest, FillsSeveralBuffers) {
  for (uint64_t i = 0; i < 3; ++i) driver_.add({{RingDriver::kBuffers + i * 64, 64, true}});
  start(kReceiveQueue);
  backend_->give(frame(100));
  EXPECT_THAT(await(2), ElementsAre(RingDriver::Used{0, 64}, RingDriver::Used{1, 48}));
  EXPECT_EQ(at(RingDriver::kBuffers + 10, 2), (Bytes{2, 0}));
  EXPECT_EQ(at(RingDriver::kBuffers + 12, 100), Bytes(100, 7));
}

// sched(7): a thread of SCHED_BATCH that wakes up preempts nobody.
TEST_F(NetThreadTest, LetsTheGuestGoOnThatRings) {
  driver_.add({{RingDriver::kBuffers, 112}});
  start(kTransmitQueue);
  await(1);
  EXPECT_EQ(backend_->policy, SCHED_BATCH);
}

TEST_F(NetThreadTest, KeepsAFrameUntilThereIsRoom) {
  driver_.add({{RingDriver::kBuffers, 64, true}});
  start(kReceiveQueue);
  backend_->give(frame(100));
  EXPECT_FALSE(interrupted(100ms));
  driver_.add({{RingDriver::kBuffers + 64, 64, true}});
  doorbell_.signal();
  EXPECT_EQ(await(2).size(), 2u);
}

TEST_F(NetThreadTest, LosesAFrameThatOneBufferCannotHold) {
  driver_.add({{RingDriver::kBuffers, 64, true}});
  driver_.add({{RingDriver::kBuffers, 256, true}});
  start(kReceiveQueue, kFeatureVersion1);
  backend_->give(frame(100));
  backend_->give(frame(101));
  EXPECT_THAT(await(2), ElementsAre(RingDriver::Used{0, 0}, RingDriver::Used{1, 113}));
}

TEST_F(NetThreadTest, LosesAFrameForABufferThatCannotHoldAHeader) {
  driver_.add({{RingDriver::kBuffers, 11, true}});
  start(kReceiveQueue, kFeatureVersion1);
  backend_->give(frame(100));
  EXPECT_THAT(await(1), ElementsAre(RingDriver::Used{0, 0}));
}

TEST_F(NetThreadTest, ReceivesManyFrames) {
  for (uint64_t i = 0; i < 16; ++i) driver_.add({{RingDriver::kBuffers + i * 256, 256, true}});
  for (unsigned i = 0; i < 16; ++i) backend_->give(frame(60));
  start(kReceiveQueue);
  EXPECT_EQ(await(16).size(), 16u);
}

TEST_F(NetThreadTest, TellsItsBackendWhatTheDriverTakes) {
  start(kReceiveQueue, kFeatureVersion1 | kNetGuestChecksum);
  driver_.add({{RingDriver::kBuffers, 256, true}});
  backend_->give(frame(60));
  doorbell_.signal();
  await(1);
  EXPECT_EQ(backend_->accepted, kFeatureVersion1 | kNetGuestChecksum);
}

TEST_F(NetThreadTest, Sends) {
  memory_.write(base::GuestAddress(RingDriver::kBuffers), frame(50, 9));
  driver_.add({{RingDriver::kBuffers, 12}, {RingDriver::kBuffers + 12, 50}});
  start(kTransmitQueue);
  EXPECT_THAT(await(1), ElementsAre(RingDriver::Used{0, 0}));
  EXPECT_THAT(backend_->sent, ElementsAre(frame(50, 9)));
}

TEST_F(NetThreadTest, SendsNothingWithoutAFrame) {
  driver_.add({{RingDriver::kBuffers, 12}});
  driver_.add({{RingDriver::kBuffers, 64, true}});
  start(kTransmitQueue);
  EXPECT_EQ(await(2).size(), 2u);
  EXPECT_TRUE(backend_->sent.empty());
}

TEST_F(NetThreadTest, SendsNothingThatIsTooLarge) {
  driver_.add({{RingDriver::kBuffers, 0x8000}, {RingDriver::kBuffers, 0x8100}});
  start(kTransmitQueue);
  EXPECT_EQ(await(1).size(), 1u);
  EXPECT_TRUE(backend_->sent.empty());
}

TEST_F(NetThreadTest, TellsThatTheOtherSideIsGone) {
  start(kReceiveQueue);
  backend_->end();
  while (losses_ == 0) std::this_thread::yield();
  pair_.stop(kReceiveQueue);
  EXPECT_EQ(losses_, 1u);
}

TEST_F(NetThreadTest, ForgetsAFrameThatItHadBegun) {
  driver_.add({{RingDriver::kBuffers, 64, true}});
  start(kReceiveQueue);
  backend_->give(frame(100));
  EXPECT_FALSE(interrupted(100ms));
  pair_.stop(kReceiveQueue);
  EXPECT_TRUE(driver_.take().empty());
}

// Queues of the third pair.
TEST_F(NetThreadTest, ServesAnyPair) {
  driver_.add({{RingDriver::kBuffers, 2048, true}});
  start(kReceiveQueue + 4);
  backend_->give(frame(100));
  EXPECT_EQ(await(1).size(), 1u);
  EXPECT_EQ(transport_.interrupts.front(), 4u);
  pair_.stop(kReceiveQueue + 4);
}

TEST_F(NetThreadTest, CanDoWhatItsBackendCan) {
  EXPECT_EQ(pair_.abilities().features, kNetChecksum);
  EXPECT_FALSE(pair_.abilities().split_rings_only);
}

}  // namespace
}  // namespace vireo::emulated
