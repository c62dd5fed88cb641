// What only a split ring can be told. virtio 1.2 2.7.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

using testing::IsEmpty;

constexpr uint64_t kRam = base::kMiB;
constexpr uint64_t kBuffers = RingDriver::kBuffers;
constexpr uint16_t kSize = 8;

class SplitRingTest : public testing::Test {
 protected:
  platform::GuestMemory memory_{{{.range = *base::GuestRange::make(base::GuestAddress(0), kRam), .offset = 0}}, {}};
  SplitDriver driver_{memory_, kSize};
  std::unique_ptr<Virtqueue> queue_ = make_virtqueue(memory_, driver_.layout(), kFeatureIndirect);

  bool breaks() { return !queue_->pop() && queue_->broken(); }
};

TEST_F(SplitRingTest, RefusesASizeThatIsNoPowerOfTwo) {
  QueueLayout layout = driver_.layout();
  layout.size = 6;
  EXPECT_EQ(make_virtqueue(memory_, layout, 0), nullptr);
}

TEST_F(SplitRingTest, BreaksAtALoop) {
  driver_.put(RingDriver::kDescriptors, 0, {kBuffers, 4}, 1, 1);
  driver_.put(RingDriver::kDescriptors, 1, {kBuffers, 4}, 1, 0);
  driver_.offer(0);
  EXPECT_TRUE(breaks());
}

TEST_F(SplitRingTest, BreaksAtAHeadOutsideTheTable) {
  driver_.offer(kSize);
  EXPECT_TRUE(breaks());
}

TEST_F(SplitRingTest, BreaksAtANextOutsideTheTable) {
  driver_.put(RingDriver::kDescriptors, 0, {kBuffers, 4}, 1, kSize);
  driver_.offer(0);
  EXPECT_TRUE(breaks());
}

TEST_F(SplitRingTest, BreaksWhenTheIndexLeapsAhead) {
  memory_.write_object(base::GuestAddress(RingDriver::kDriver + 2), uint16_t{kSize + 1});
  EXPECT_TRUE(breaks());
}

TEST_F(SplitRingTest, BreaksWhenAChainIsOfferedTooOften) {
  driver_.put(RingDriver::kDescriptors, 0, {kBuffers, 4}, 0, 0);
  for (unsigned i = 0; i < kSize; ++i) driver_.offer(0);
  for (unsigned i = 0; i < kSize; ++i) EXPECT_TRUE(queue_->pop());
  driver_.offer(0);
  EXPECT_TRUE(breaks());
}

TEST_F(SplitRingTest, BreaksAtATableInATable) {
  driver_.put(RingDriver::kTables, 0, {RingDriver::kTables, 16}, 4, 0);
  driver_.put(RingDriver::kDescriptors, 0, {RingDriver::kTables, 16}, 4, 0);
  driver_.offer(0);
  EXPECT_TRUE(breaks());
}

TEST_F(SplitRingTest, BreaksAtATableThatGoesOn) {
  driver_.put(RingDriver::kTables, 0, {kBuffers, 4}, 0, 0);
  driver_.put(RingDriver::kDescriptors, 0, {RingDriver::kTables, 16}, 4 | 1, 1);
  driver_.offer(0);
  EXPECT_TRUE(breaks());
}

TEST_F(SplitRingTest, BreaksAtATableOfHalfADescriptor) {
  driver_.put(RingDriver::kDescriptors, 0, {RingDriver::kTables, 24}, 4, 0);
  driver_.offer(0);
  EXPECT_TRUE(breaks());
}

TEST_F(SplitRingTest, BreaksAtAnEmptyTable) {
  driver_.put(RingDriver::kDescriptors, 0, {RingDriver::kTables, 0}, 4, 0);
  driver_.offer(0);
  EXPECT_TRUE(breaks());
}

// The driver does not see what is used before it is published.
TEST_F(SplitRingTest, PublishesABatchAtOnce) {
  driver_.add({{kBuffers, 4}});
  driver_.add({{kBuffers, 4}});
  queue_->complete(queue_->pop()->id, 0);
  queue_->complete(queue_->pop()->id, 0);
  EXPECT_THAT(driver_.take(), IsEmpty());
  EXPECT_TRUE(queue_->publish());
  EXPECT_EQ(driver_.take().size(), 2u);
}

TEST_F(SplitRingTest, FlagsThatItWantsNoDoorbells) {
  queue_->want_doorbells(false);
  EXPECT_TRUE(driver_.no_doorbell_flag());
  queue_->want_doorbells(true);
  EXPECT_FALSE(driver_.no_doorbell_flag());
}

}  // namespace
}  // namespace vireo::emulated
