// Memory that a ring has registered, and waiting. io_uring_register_buffers(3).
#include "emulated/block/io_ring.h"

#include <gtest/gtest.h>

#include "vmm/base/bits.h"
#include "vmm/base/event_fd.h"
#include "vmm/base/mapping.h"

namespace vireo::emulated {
namespace {

// Nobody touches it.
constexpr base::Mapping::Request kThreeGiB{
    .size = 3 * base::kGiB, .protection = PROT_NONE, .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE};

class PieceTest : public testing::Test {
 protected:
  std::optional<uint16_t> piece(uint64_t start, size_t length) const {
    return piece_of({memory_.data(), memory_.size()}, {.iov_base = memory_.data() + start, .iov_len = length});
  }
  base::Mapping memory_{kThreeGiB, "memory of a test"};
};

TEST_F(PieceTest, IsTheOneThatHasAll) {
  EXPECT_EQ(piece(0, base::kGiB), 0);
  EXPECT_EQ(piece(base::kGiB, 1), 1);
  EXPECT_EQ(piece(3 * base::kGiB - 1, 1), 2);
}

TEST_F(PieceTest, IsNoneForWhatLiesInTwo) {
  EXPECT_EQ(piece(base::kGiB - 1, 2), std::nullopt);
}

TEST_F(PieceTest, IsNoneForWhatLiesBeyond) {
  EXPECT_EQ(piece(3 * base::kGiB - 1, 2), std::nullopt);
  EXPECT_EQ(piece(3 * base::kGiB, 1), std::nullopt);
  EXPECT_EQ(piece(~uint64_t{0}, 2), std::nullopt);
  EXPECT_EQ(piece(0, 0), std::nullopt);
  EXPECT_EQ(piece_of({}, {.iov_base = memory_.data(), .iov_len = 1}), std::nullopt);
}

class IoRingTest : public testing::Test {
 protected:
  IoRing ring_{8, std::array{-1}, "a test"};
};

TEST_F(IoRingTest, KnowsNoBufferBeforeMemoryIsRegistered) {
  std::array<uint8_t, 512> memory{};
  EXPECT_EQ(ring_.buffer_of({.iov_base = memory.data(), .iov_len = memory.size()}), std::nullopt);
}

TEST_F(IoRingTest, KnowsTheBufferOfMemoryThatIsRegistered) {
  std::array<uint8_t, 512> memory{};
  ring_.enable();
  ASSERT_EQ(ring_.register_memory(memory), 0);
  EXPECT_EQ(ring_.buffer_of({.iov_base = memory.data(), .iov_len = memory.size()}), 0);
}

TEST_F(IoRingTest, SaysThatTheKernelRefuses) {
  const base::Mapping memory(kThreeGiB, "memory of a test");
  ring_.enable();
  EXPECT_EQ(ring_.register_memory({memory.data(), memory.size()}), EFAULT);
  EXPECT_EQ(ring_.buffer_of({.iov_base = memory.data(), .iov_len = 1}), std::nullopt);
}

TEST_F(IoRingTest, LooksForACompletionForAMoment) {
  using std::chrono::milliseconds;
  ring_.enable();
  const base::EventFd bell;
  ring_.watch(bell.get(), 7);
  EXPECT_FALSE(ring_.look(milliseconds(1)));
  bell.signal();
  EXPECT_TRUE(ring_.look(milliseconds(10'000)));
  uint64_t seen = 0;
  ring_.collect([&](uint64_t data, int, bool) { seen = data; });
  EXPECT_EQ(seen, 7u);
}

}  // namespace
}  // namespace vireo::emulated
