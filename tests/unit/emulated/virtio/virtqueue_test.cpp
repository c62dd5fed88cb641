// The device's side of both kinds of ring, driven through legal and illegal layouts.
#include "emulated/virtio/virtqueue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

using Buffer = RingDriver::Buffer;
using Used = RingDriver::Used;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kRam = base::kMiB;
constexpr uint64_t kBuffers = RingDriver::kBuffers;
constexpr uint16_t kSize = 8;

struct Kind {
  const char* name;
  uint64_t features;
};

class VirtqueueTest : public testing::TestWithParam<Kind> {
 protected:
  VirtqueueTest() { start(GetParam().features | kFeatureIndirect); }

  void start(uint64_t features, uint16_t size = kSize) {
    if ((features & kFeaturePackedRing) != 0)
      driver_ = std::make_unique<PackedDriver>(memory_, size);
    else
      driver_ = std::make_unique<SplitDriver>(memory_, size);
    queue_ = make_virtqueue(memory_, driver_->layout(), features);
  }
  bool has_events() const { return (GetParam().features & kFeatureEventIndex) != 0; }
  // Pop one chain and give it back.
  bool use(uint32_t written) {
    const auto chain = queue_->pop();
    if (chain) queue_->complete(chain->id, written);
    return chain.has_value();
  }

  platform::GuestMemory memory_{{{.range = *base::GuestRange::make(base::GuestAddress(0), kRam), .offset = 0}}, {}};
  std::unique_ptr<RingDriver> driver_;
  std::unique_ptr<Virtqueue> queue_;
};

TEST_P(VirtqueueTest, HasNothingAtFirst) {
  EXPECT_EQ(queue_->pop(), std::nullopt);
  EXPECT_FALSE(queue_->broken());
  EXPECT_FALSE(queue_->publish());
}

TEST_P(VirtqueueTest, ShowsWhatIsReadableAndWhatIsWritable) {
  memory_.write_object(base::GuestAddress(kBuffers), uint32_t{0x12345678});
  driver_->add({{kBuffers, 4}, {kBuffers + 16, 8}, {kBuffers + 32, 3, true}});
  const auto chain = queue_->pop();
  ASSERT_TRUE(chain);
  ASSERT_EQ(chain->readable.size(), 2u);
  ASSERT_EQ(chain->writable.size(), 1u);
  EXPECT_THAT(chain->readable[0], ElementsAre(0x78, 0x56, 0x34, 0x12));
  EXPECT_EQ(chain->readable[1].size(), 8u);
  EXPECT_EQ(chain->writable[0].data(), memory_.bytes(base::GuestAddress(kBuffers + 32), 3).data());
}

TEST_P(VirtqueueTest, GivesChainsBackInAnyOrder) {
  const uint16_t first = driver_->add({{kBuffers, 4}});
  const uint16_t second = driver_->add({{kBuffers + 8, 4, true}});
  const ChainId one = queue_->pop()->id;
  const ChainId two = queue_->pop()->id;
  queue_->complete(two, 4);
  queue_->complete(one, 0);
  queue_->publish();
  EXPECT_THAT(driver_->take(), ElementsAre(Used{second, 4}, Used{first, 0}));
}

TEST_P(VirtqueueTest, GoesRoundAndRound) {
  for (unsigned i = 0; i < 5 * kSize + 3; ++i) {
    const uint16_t id = driver_->add({{kBuffers, 4}, {kBuffers + 8, 4, true}, {kBuffers + 16, 4, true}});
    ASSERT_TRUE(use(i));
    queue_->publish();
    ASSERT_THAT(driver_->take(), ElementsAre(Used{id, i}));
  }
}

TEST_P(VirtqueueTest, FollowsATable) {
  const uint16_t id = driver_->add_indirect({{kBuffers, 4}, {kBuffers + 8, 4}, {kBuffers + 16, 16, true}});
  const auto chain = queue_->pop();
  ASSERT_TRUE(chain);
  EXPECT_EQ(chain->readable.size(), 2u);
  EXPECT_EQ(chain->writable.size(), 1u);
  queue_->complete(chain->id, 16);
  queue_->publish();
  EXPECT_THAT(driver_->take(), ElementsAre(Used{id, 16}));
}

// A table may hold more than the queue.
TEST_P(VirtqueueTest, FollowsALongTable) {
  driver_->add_indirect(RingDriver::Buffers(3 * kSize, Buffer{kBuffers, 4}));
  EXPECT_EQ(queue_->pop()->readable.size(), 3u * kSize);
}

TEST_P(VirtqueueTest, LeavesEmptyBuffersOut) {
  driver_->add({{kBuffers, 0}, {kBuffers + 8, 4, true}});
  const auto chain = queue_->pop();
  ASSERT_TRUE(chain);
  EXPECT_THAT(chain->readable, IsEmpty());
  EXPECT_EQ(chain->writable.size(), 1u);
}

TEST_P(VirtqueueTest, TakesAFullQueue) {
  for (unsigned i = 0; i < kSize; ++i) driver_->add({{kBuffers, 4}});
  for (unsigned i = 0; i < kSize; ++i) EXPECT_TRUE(queue_->pop());
  EXPECT_FALSE(queue_->pop());
  EXPECT_FALSE(queue_->broken());
}

// virtio 1.2 2.7.4.2: device-readable before device-writable.
TEST_P(VirtqueueTest, BreaksWhenReadableFollowsWritable) {
  driver_->add({{kBuffers, 4, true}, {kBuffers + 8, 4}});
  EXPECT_FALSE(queue_->pop());
  EXPECT_TRUE(queue_->broken());
}

TEST_P(VirtqueueTest, StaysBroken) {
  driver_->add({{kRam, 4}});
  EXPECT_FALSE(queue_->pop());
  driver_->add({{kBuffers, 4}});
  EXPECT_FALSE(queue_->pop());
}

TEST_P(VirtqueueTest, BreaksWhereABufferLeavesRam) {
  driver_->add({{kRam - 2, 4}});
  EXPECT_FALSE(queue_->pop());
  EXPECT_TRUE(queue_->broken());
}

TEST_P(VirtqueueTest, BreaksWhereABufferWraps) {
  driver_->add({{~uint64_t{0} - 1, 4}});
  EXPECT_FALSE(queue_->pop());
  EXPECT_TRUE(queue_->broken());
}

TEST_P(VirtqueueTest, BreaksAtATableOutsideRam) {
  driver_->add_indirect({{kRam, 4}});
  EXPECT_FALSE(queue_->pop());
  EXPECT_TRUE(queue_->broken());
}

// virtio 1.2 2.7.5.3.1: only where the feature was negotiated.
TEST_P(VirtqueueTest, BreaksAtATableThatWasNotNegotiated) {
  start(GetParam().features);
  driver_->add_indirect({{kBuffers, 4}});
  EXPECT_FALSE(queue_->pop());
  EXPECT_TRUE(queue_->broken());
}

TEST_P(VirtqueueTest, BreaksAtATableThatIsTooLong) {
  driver_->add_indirect(RingDriver::Buffers(kMaxSegments + 1, Buffer{kBuffers, 4}));
  EXPECT_FALSE(queue_->pop());
  EXPECT_TRUE(queue_->broken());
}

TEST_P(VirtqueueTest, InterruptsAtEachUse) {
  start(GetParam().features & ~kFeatureEventIndex);
  driver_->want_always();
  driver_->add({{kBuffers, 4}});
  use(0);
  EXPECT_TRUE(queue_->publish());
  EXPECT_FALSE(queue_->publish());
}

TEST_P(VirtqueueTest, DoesNotInterruptWhoWantsNone) {
  start(GetParam().features & ~kFeatureEventIndex);
  driver_->want_never();
  driver_->add({{kBuffers, 4}});
  use(0);
  EXPECT_FALSE(queue_->publish());
}

// Over more than one round, so that the wrap is met at every place.
TEST_P(VirtqueueTest, InterruptsWhenTheEventIsPassed) {
  start(GetParam().features | kFeatureEventIndex);
  for (unsigned round = 0; round < 3 * kSize; ++round) {
    driver_->take();
    driver_->want_after(3);
    for (unsigned i = 0; i < 4; ++i) driver_->add({{kBuffers, 4}});
    use(0);
    use(0);
    ASSERT_FALSE(queue_->publish()) << round;
    use(0);
    ASSERT_TRUE(queue_->publish()) << round;
    use(0);
    ASSERT_FALSE(queue_->publish()) << round;
  }
}

// A batch that passes the event, and one that ends before it, at every place of the ring.
TEST_P(VirtqueueTest, InterruptsForABatchThatPassesTheEvent) {
  start(GetParam().features | kFeatureEventIndex);
  const auto use_three = [this] {
    for (unsigned i = 0; i < 3; ++i) driver_->add({{kBuffers, 4}});
    for (unsigned i = 0; i < 3; ++i) use(0);
  };
  for (unsigned round = 0; round < 3 * kSize; ++round) {
    driver_->take();
    driver_->want_after(2);
    use_three();
    ASSERT_TRUE(queue_->publish()) << round;
    driver_->take();
    driver_->want_after(4);
    use_three();
    ASSERT_FALSE(queue_->publish()) << round;
  }
}

TEST_P(VirtqueueTest, GoesOnAfterItsCountersWrap) {
  for (unsigned i = 0; i < 70'000; ++i) {
    driver_->add({{kBuffers, 4}});
    ASSERT_TRUE(use(0));
    queue_->publish();
    ASSERT_EQ(driver_->take().size(), 1u);
  }
}

TEST_P(VirtqueueTest, AsksForDoorbellsAtTheEvent) {
  start(GetParam().features | kFeatureEventIndex);
  for (unsigned round = 0; round < 3 * kSize; ++round) {
    ASSERT_FALSE(queue_->want_doorbells(true));
    driver_->add({{kBuffers, 4}});
    ASSERT_TRUE(driver_->doorbell_wanted(1)) << round;
    queue_->want_doorbells(false);
    driver_->add({{kBuffers, 4}});
    ASSERT_FALSE(driver_->doorbell_wanted(1)) << round;
    ASSERT_TRUE(use(0) && use(0));
    queue_->publish();
    driver_->take();
  }
}

// virtio 1.2 2.7.7.1: what came between the last pop and the request is not missed.
TEST_P(VirtqueueTest, SaysWhatCameBeforeDoorbellsWereWanted) {
  driver_->add({{kBuffers, 4}});
  EXPECT_TRUE(queue_->want_doorbells(true));
  use(0);
  EXPECT_FALSE(queue_->want_doorbells(true));
}

TEST_P(VirtqueueTest, RefusesLayoutsThatBreakTheRules) {
  const uint64_t features = GetParam().features;
  const QueueLayout good = driver_->layout();
  const auto with = [&](auto change) {
    QueueLayout layout = good;
    change(layout);
    return make_virtqueue(memory_, layout, features);
  };
  EXPECT_NE(with([](QueueLayout&) {}), nullptr);
  EXPECT_EQ(with([](QueueLayout& l) { l.size = 0; }), nullptr);
  EXPECT_EQ(with([](QueueLayout& l) { l.size = kMaxQueueSize + 1; }), nullptr);
  EXPECT_EQ(with([](QueueLayout& l) { l.descriptors = base::GuestAddress(0x1008); }), nullptr);
  EXPECT_EQ(with([](QueueLayout& l) { l.driver = base::GuestAddress(0x9001); }), nullptr);
  EXPECT_EQ(with([](QueueLayout& l) { l.device = base::GuestAddress(0xc002); }), nullptr);
  EXPECT_EQ(with([](QueueLayout& l) { l.descriptors = base::GuestAddress(kRam - 16); }), nullptr);
  EXPECT_EQ(with([](QueueLayout& l) { l.driver = base::GuestAddress(kRam); }), nullptr);
  EXPECT_EQ(with([](QueueLayout& l) { l.device = base::GuestAddress(~uint64_t{3}); }), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Rings, VirtqueueTest,
                         testing::Values(Kind{"split", 0}, Kind{"split_events", kFeatureEventIndex},
                                         Kind{"packed", kFeaturePackedRing},
                                         Kind{"packed_events", kFeaturePackedRing | kFeatureEventIndex}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace vireo::emulated
