#include "vfio/vector_set.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_interrupt_router.h"

namespace vireo::vfio {
namespace {

constexpr platform::MsiMessage kMessage{.address = 0xfee00000, .data = 0x41};

class VectorSetTest : public testing::Test {
 protected:
  fakes::FakeDevice device_;
  fakes::FakeInterruptRouter router_;
  VectorSet vectors_{device_, {.index = IrqIndex::kMsix, .vectors = 8}, router_};

  void enable() {
    vectors_.want_enabled(8);
    vectors_.reconcile();
  }
  void unmask(unsigned vector) {
    vectors_.want(vector, kMessage);
    vectors_.reconcile(vector, 1);
  }
  void mask(unsigned vector) {
    vectors_.want(vector, std::nullopt);
    vectors_.reconcile(vector, 1);
  }
};

TEST_F(VectorSetTest, EnablesTheRangeInOneCall) {
  enable();
  ASSERT_EQ(device_.irq_calls.size(), 1u);
  EXPECT_EQ(device_.irq_calls[0].events.size(), 8u);
}

TEST_F(VectorSetTest, TakesAGsiAtTheFirstUnmaskOnly) {
  enable();
  EXPECT_TRUE(router_.allocated.empty());
  unmask(2);
  mask(2);
  unmask(2);
  EXPECT_EQ(router_.allocated.size(), 1u);
}

TEST_F(VectorSetTest, DetachesAMaskedVectorAndAttachesItAgain) {
  enable();
  unmask(2);
  EXPECT_EQ(router_.attached.size(), 1u);
  mask(2);
  EXPECT_TRUE(router_.attached.empty());
  unmask(2);
  EXPECT_EQ(router_.attached.size(), 1u);
}

TEST_F(VectorSetTest, DoesNothingTwice) {
  enable();
  unmask(1);
  vectors_.reconcile();
  EXPECT_EQ(device_.irq_calls.size(), 1u);
  EXPECT_EQ(router_.attached.size(), 1u);
}

TEST_F(VectorSetTest, SendsWithTheRequestersId) {
  vectors_.set_requester(0x0100);
  enable();
  unmask(0);
  EXPECT_EQ(router_.device_ids.begin()->second, 0x0100u);
}

// PCIe 6.0 7.7.2.2: a vector that fires while masked is pending.
TEST_F(VectorSetTest, ShowsAMaskedVectorThatFiredAsPending) {
  enable();
  EXPECT_FALSE(vectors_.pending(3));
  const uint64_t one = 1;
  ASSERT_EQ(::write(device_.irq_calls[0].events[3], &one, sizeof one), 8);
  EXPECT_TRUE(vectors_.pending(3));
  EXPECT_TRUE(vectors_.pending(3)) << "looking must not take it";
}

TEST_F(VectorSetTest, ForgetsPendingVectorsWhenDisabled) {
  enable();
  const uint64_t one = 1;
  ASSERT_EQ(::write(device_.irq_calls[0].events[3], &one, sizeof one), 8);
  vectors_.want_enabled(0);
  vectors_.reconcile();
  EXPECT_FALSE(vectors_.pending(3));
  EXPECT_EQ(device_.disables, 1u);
}

TEST_F(VectorSetTest, LivesOnWhenTheHostHasNoVectors) {
  device_.irq_error = -ENOSPC;
  enable();
  unmask(0);
  EXPECT_EQ(router_.attached.size(), 1u);
}

TEST_F(VectorSetTest, TriesAgainWhenTheHostHadNoVectors) {
  device_.irq_error = -ENOSPC;
  vectors_.want_enabled(4);
  vectors_.reconcile();
  device_.irq_error = 0;
  vectors_.reconcile();
  EXPECT_EQ(device_.irq_calls.size(), 2u);
}

// linux/vfio.h, VFIO_DEVICE_SET_IRQS: a positive result says how many vectors there are.
TEST_F(VectorSetTest, TakesWhatTheHostHasLeft) {
  device_.vectors_left = 3;
  enable();
  ASSERT_EQ(device_.irq_calls.size(), 2u);
  EXPECT_EQ(device_.irq_calls[1].events.size(), 3u);
  EXPECT_TRUE(vectors_.connected(2));
  EXPECT_FALSE(vectors_.connected(3));
}

// A message that fired before its vector was taken away is not delivered when it comes back.
TEST_F(VectorSetTest, ForgetsWhatFiredOnAVectorThatWentAway) {
  enable();
  const uint64_t once = 1;
  ASSERT_EQ(::write(device_.irq_calls[0].events[5], &once, sizeof once), 8);
  EXPECT_TRUE(vectors_.pending(5));
  vectors_.want_enabled(2);
  vectors_.reconcile();
  vectors_.want_enabled(8);
  vectors_.reconcile();
  EXPECT_FALSE(vectors_.pending(5));
}

TEST_F(VectorSetTest, LivesOnWithoutAFreeGsi) {
  router_.msi_limit = 0;
  enable();
  unmask(0);
  EXPECT_TRUE(router_.attached.empty());
}

TEST(VectorSet, GivesItsGsisBack) {
  fakes::FakeDevice device;
  fakes::FakeInterruptRouter router;
  {
    VectorSet vectors(device, {.index = IrqIndex::kMsix, .vectors = 2}, router);
    vectors.want_enabled(2);
    vectors.want(0, kMessage);
    vectors.reconcile();
  }
  EXPECT_TRUE(router.allocated.empty());
  EXPECT_TRUE(router.attached.empty());
}

// A kernel that adds vectors one by one.
class ResizableTest : public testing::Test {
 protected:
  ResizableTest() { device_.irqs[IrqIndex::kMsix] = {.count = 2048, .resizable = true}; }
  void enable() {
    vectors_.want_enabled(2048);
    vectors_.reconcile();
  }

  fakes::FakeDevice device_;
  fakes::FakeInterruptRouter router_;
  VectorSet vectors_{device_, {.index = IrqIndex::kMsix, .vectors = 2048, .resizable = true}, router_};
};

TEST_F(ResizableTest, TakesNoHostVectorForWhatIsMasked) {
  enable();
  ASSERT_EQ(device_.irq_calls.size(), 1u);
  EXPECT_EQ(device_.irq_calls[0].events, std::vector{-1});
}

TEST_F(ResizableTest, ConnectsEachRunInOneCall) {
  for (unsigned i : {3u, 4u, 5u, 9u}) vectors_.want(i, kMessage);
  enable();
  ASSERT_EQ(device_.irq_calls.size(), 3u);
  EXPECT_EQ(device_.irq_calls[1].first, 3u);
  EXPECT_EQ(device_.irq_calls[1].events.size(), 3u);
  EXPECT_EQ(device_.irq_calls[2].first, 9u);
  EXPECT_EQ(router_.attached.size(), 4u);
}

TEST_F(ResizableTest, EnablesAllOf2048InTwoCallsAndOneCommit) {
  for (unsigned i = 0; i < 2048; ++i) vectors_.want(i, kMessage);
  enable();
  EXPECT_EQ(device_.irq_calls.size(), 2u);
  EXPECT_EQ(router_.commits, 1u);
  EXPECT_EQ(router_.attached.size(), 2048u);
}

TEST_F(ResizableTest, KeepsAVectorConnectedWhileItIsMasked) {
  vectors_.want(7, kMessage);
  enable();
  vectors_.want(7, std::nullopt);
  vectors_.reconcile(7, 1);
  vectors_.want(7, kMessage);
  vectors_.reconcile(7, 1);
  EXPECT_EQ(device_.irq_calls.size(), 2u);
}

TEST_F(ResizableTest, ConnectsAgainAfterItWasDisabled) {
  vectors_.want(7, kMessage);
  enable();
  vectors_.want_enabled(0);
  vectors_.reconcile();
  enable();
  ASSERT_EQ(device_.irq_calls.size(), 4u);
  EXPECT_EQ(device_.irq_calls[3].first, 7u);
}

TEST_F(ResizableTest, TriesARefusedVectorAgain) {
  enable();
  device_.irq_error = -ENOSPC;
  vectors_.want(7, kMessage);
  vectors_.reconcile(7, 1);
  device_.irq_error = 0;
  vectors_.reconcile(7, 1);
  ASSERT_EQ(device_.irq_calls.size(), 3u);
  EXPECT_EQ(device_.irq_calls[2].first, 7u);
}

}  // namespace
}  // namespace vireo::vfio
