// A NIC's shape, which of its queues is whose, and its control queue. virtio 1.2 5.1.
#include "emulated/virtio/net_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_virtio_transport.h"
#include "tests/fakes/run_loop.h"
#include "tests/unit/emulated/virtio/ring_driver.h"

namespace vireo::emulated {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr unsigned kPairs = 4;
constexpr uint64_t kAllFeatures = kFeatureVersion1 | kNetControl | kNetMultiqueue;

// What pairs are told, by all of them.
struct Record {
  std::vector<unsigned> started;
  std::vector<unsigned> stopped;
  std::vector<unsigned> given_vectors;
  std::vector<unsigned> attached;
  bool obeys = true;
};

class FakePair final : public NetPair {
 public:
  FakePair(unsigned number, Record& record) : number_(number), record_(record) { record.attached.push_back(number); }

  Abilities abilities() const override { return {.features = kNetChecksum, .split_rings_only = true}; }
  void start(const RunningQueue& queue) noexcept override { record_.started.push_back(queue.index); }
  void set_vector(unsigned index, const base::EventFd*) noexcept override { record_.given_vectors.push_back(index); }
  void stop(unsigned index) noexcept override { record_.stopped.push_back(index); }
  bool attach(bool attached) noexcept override {
    if (!record_.obeys) return false;
    if (attached)
      record_.attached.push_back(number_);
    else
      std::erase(record_.attached, number_);
    return true;
  }
  using NetPair::lose;

 private:
  unsigned number_;
  Record& record_;
};

class NetDeviceTest : public testing::Test {
 protected:
  void make(unsigned pairs) {
    std::vector<std::unique_ptr<NetPair>> all;
    for (unsigned i = 0; i < pairs; ++i) {
      all.push_back(std::make_unique<FakePair>(i, record_));
      pairs_.push_back(static_cast<FakePair*>(all.back().get()));
    }
    const NetSettings settings{.name = "net", .mac = {2, 0, 0, 0, 0, 1}, .mtu = 9000, .pairs = pairs};
    device_ = std::make_unique<NetDevice>(std::move(all), settings, loop_);
    device_->connect(transport_);
  }
  void start(unsigned index, uint64_t features = kAllFeatures) {
    ring_ = make_virtqueue(memory_, driver_.layout(), features);
    device_->start(
        {.index = index, .ring = *ring_, .doorbell = doorbell_, .transport = transport_, .features = features});
  }
  NetConfigSpace config() {
    NetConfigSpace space;
    device_->read_config(0, {reinterpret_cast<uint8_t*>(&space), sizeof space});
    return space;
  }
  // Send bytes by the control queue; return the answer, 0xee if there was none.
  uint8_t command(const std::vector<uint8_t>& bytes, uint32_t room = 1) {
    constexpr uint64_t kAnswer = RingDriver::kBuffers + 0x100;
    memory_.write(base::GuestAddress(RingDriver::kBuffers), bytes);
    memory_.write(base::GuestAddress(kAnswer), std::vector<uint8_t>{0xee});
    std::vector<RingDriver::Buffer> chain;
    if (!bytes.empty()) chain.push_back({RingDriver::kBuffers, static_cast<uint32_t>(bytes.size())});
    if (room > 0) chain.push_back({kAnswer, room, true});
    driver_.add(chain);
    doorbell_.signal();
    fakes::run_once(loop_);
    EXPECT_THAT(driver_.take(), ElementsAre(testing::Field(&RingDriver::Used::written, room)));
    return memory_.bytes(base::GuestAddress(kAnswer), 1)[0];
  }

  platform::GuestMemory memory_{{{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}},
                                {}};
  platform::EventLoop loop_;
  SplitDriver driver_{memory_, 16};
  fakes::FakeVirtioTransport transport_;
  base::EventFd doorbell_;
  std::unique_ptr<Virtqueue> ring_;
  Record record_;
  std::vector<FakePair*> pairs_;
  std::unique_ptr<NetDevice> device_;
};

TEST_F(NetDeviceTest, ShowsItsShape) {
  make(1);
  EXPECT_THAT(config().mac, ElementsAre(2, 0, 0, 0, 0, 1));
  EXPECT_EQ(config().mtu, 9000);
  EXPECT_EQ(config().max_virtqueue_pairs, 1);
  EXPECT_EQ(device_->identity().features, kNetMac | kNetStatus | kNetMergeable | kNetMtu | kNetChecksum);
  EXPECT_EQ(device_->identity().queue_sizes.size(), 2u);
  EXPECT_TRUE(device_->identity().split_rings_only);
}

TEST_F(NetDeviceTest, HasAControlQueueForSeveralPairs) {
  make(kPairs);
  EXPECT_EQ(config().max_virtqueue_pairs, kPairs);
  EXPECT_EQ(device_->identity().queue_sizes.size(), 2 * kPairs + 1);
  EXPECT_EQ(device_->identity().features & (kNetControl | kNetMultiqueue), kNetControl | kNetMultiqueue);
}

TEST_F(NetDeviceTest, GivesAQueueToItsPair) {
  make(kPairs);
  start(0);
  start(7);
  device_->set_vector(6, nullptr);
  device_->stop(5);
  EXPECT_THAT(record_.started, ElementsAre(0, 7));
  EXPECT_THAT(record_.given_vectors, ElementsAre(6));
  EXPECT_THAT(record_.stopped, ElementsAre(5));
}

TEST_F(NetDeviceTest, UsesOnePairUntilToldOtherwise) {
  make(kPairs);
  EXPECT_THAT(record_.attached, ElementsAre(0));
  start(2 * kPairs);
  EXPECT_EQ(command({4, 0, 3, 0}), kNetControlDone);
  EXPECT_THAT(record_.attached, ElementsAre(0, 1, 2));
  EXPECT_EQ(command({4, 0, 2, 0}), kNetControlDone);
  EXPECT_THAT(record_.attached, ElementsAre(0, 1));
  EXPECT_THAT(record_.started, IsEmpty());
}

TEST_F(NetDeviceTest, UsesOnePairAfterAReset) {
  make(kPairs);
  start(2 * kPairs);
  command({4, 0, 4, 0});
  device_->set_vector(2 * kPairs, nullptr);
  device_->stop(2 * kPairs);
  EXPECT_THAT(record_.attached, ElementsAre(0));
  EXPECT_THAT(record_.given_vectors, IsEmpty());
  EXPECT_THAT(record_.stopped, IsEmpty());
}

TEST_F(NetDeviceTest, RefusesWhatItCannotDo) {
  make(kPairs);
  start(2 * kPairs);
  for (const std::vector<uint8_t>& bytes :
       {std::vector<uint8_t>{4, 0, 0, 0}, {4, 0, 5, 0}, {4, 0, 2, 1}, {4, 1, 2, 0}, {0, 0, 1, 0}, {4, 0, 2}, {4}, {}})
    EXPECT_EQ(command(bytes), kNetControlRefused) << testing::PrintToString(bytes);
  EXPECT_THAT(record_.attached, ElementsAre(0));
}

TEST_F(NetDeviceTest, SaysThatTheHostRefuses) {
  make(kPairs);
  start(2 * kPairs);
  record_.obeys = false;
  EXPECT_EQ(command({4, 0, 2, 0}), kNetControlRefused);
}

TEST_F(NetDeviceTest, ObeysWithoutRoomForAnAnswer) {
  make(kPairs);
  start(2 * kPairs);
  EXPECT_EQ(command({4, 0, 2, 0}, 0), 0xee);
  EXPECT_THAT(record_.attached, ElementsAre(0, 1));
}

// virtio 1.2 5.1.2: without VIRTIO_NET_F_MQ the control queue stands behind the first pair's.
TEST_F(NetDeviceTest, HasItsControlQueueWhereTheDriverLooks) {
  make(kPairs);
  start(2, kFeatureVersion1 | kNetControl);
  EXPECT_EQ(command({4, 0, 2, 0}), kNetControlDone);
  device_->stop(2);
  start(2, kFeatureVersion1);
  EXPECT_THAT(record_.started, ElementsAre(2));
}

TEST_F(NetDeviceTest, IgnoresAQueueThatTheDriverDidNotTake) {
  make(kPairs);
  start(2 * kPairs, kFeatureVersion1);
  device_->stop(2 * kPairs);
  EXPECT_THAT(record_.started, IsEmpty());
  EXPECT_THAT(record_.stopped, IsEmpty());
}

TEST_F(NetDeviceTest, PullsTheCableWhenTheOtherSideIsGone) {
  make(2);
  EXPECT_EQ(config().status, kNetLinkUp);
  for (const FakePair* pair : pairs_) pair->lose();
  EXPECT_EQ(config().status, 0);
  EXPECT_EQ(transport_.config_changes, 1u);
}

}  // namespace
}  // namespace vireo::emulated
