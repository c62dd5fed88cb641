#include "vmm/compare/agent/dry_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vmm/compare/agent/closed_loop.h"

namespace vireo::agent {
namespace {

constexpr Order kOrder{.block = 512, .span = 512 * 64, .depth = 3, .operations = 1000};

std::vector<unsigned> slots_done(DryRing& ring) {
  std::vector<unsigned> slots;
  while (const auto done = ring.done()) {
    EXPECT_TRUE(done->good);
    slots.push_back(done->slot);
  }
  return slots;
}

TEST(DryRing, HasEachRequestDoneOnce) {
  DryRing ring(kOrder);
  ring.prepare(2);
  ring.prepare(0);
  EXPECT_THAT(slots_done(ring), testing::IsEmpty());
  ring.submit_and_wait(kForever);
  EXPECT_THAT(slots_done(ring), testing::ElementsAre(2, 0));
  ring.prepare(1);
  ring.submit();
  EXPECT_THAT(slots_done(ring), testing::ElementsAre(1));
}

// Its queues have four entries here, and go round.
TEST(DryRing, GoesRound) {
  DryRing ring(kOrder);
  ClosedLoop<DryRing> loop(kOrder, ring);
  loop.run();
  EXPECT_EQ(loop.counts().operations, kOrder.operations);
  EXPECT_EQ(loop.counts().errors, 0u);
  EXPECT_GT(loop.counts().elapsed, 0u);
}

TEST(DryRing, HasWritesDoneToo) {
  Order order = kOrder;
  order.operation = Operation::kWrite;
  DryRing ring(order);
  ring.prepare(0);
  ring.submit();
  EXPECT_THAT(slots_done(ring), testing::ElementsAre(0));
}

}  // namespace
}  // namespace vireo::agent
