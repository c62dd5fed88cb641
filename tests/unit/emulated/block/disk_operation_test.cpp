// What the kernel is asked for. io_uring_enter(2), fallocate(2).
#include "emulated/block/disk_operation.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>

namespace vireo::emulated {
namespace {

using Kind = DiskRequest::Kind;

class DiskOperationTest : public testing::Test {
 protected:
  io_uring_sqe prepare(DiskOperation operation) {
    operation.buffers = buffers_.data();
    io_uring_sqe entry{};
    operation.prepare(entry, 1);
    EXPECT_EQ(entry.fd, 1);
    EXPECT_EQ(entry.flags, IOSQE_FIXED_FILE);
    return entry;
  }

  alignas(512) std::array<uint8_t, 2048> bytes_{};
  std::array<iovec, 2> buffers_{iovec{bytes_.data(), 512}, iovec{bytes_.data() + 512, 1024}};
};

TEST_F(DiskOperationTest, Reads) {
  const io_uring_sqe entry = prepare({.kind = Kind::kRead, .offset = 4096, .left = 512, .count = 1});
  EXPECT_EQ(entry.opcode, IORING_OP_READ);
  EXPECT_EQ(entry.off, 4096u);
  EXPECT_EQ(entry.len, 512u);
  EXPECT_EQ(prepare({.kind = Kind::kRead, .left = 1536, .count = 2}).opcode, IORING_OP_READV);
}

TEST_F(DiskOperationTest, Writes) {
  EXPECT_EQ(prepare({.kind = Kind::kWrite, .count = 1}).opcode, IORING_OP_WRITE);
  EXPECT_EQ(prepare({.kind = Kind::kWrite, .count = 1}).rw_flags, 0);
  EXPECT_EQ(prepare({.kind = Kind::kWrite, .count = 2}).opcode, IORING_OP_WRITEV);
}

TEST_F(DiskOperationTest, UsesARegisteredBuffer) {
  DiskOperation operation{.kind = Kind::kRead, .left = 512, .buffers = buffers_.data(), .count = 1};
  io_uring_sqe entry{};
  operation.prepare(entry, 1, 3);
  EXPECT_EQ(entry.opcode, IORING_OP_READ_FIXED);
  EXPECT_EQ(entry.buf_index, 3);
  operation.kind = Kind::kWrite;
  operation.durable = true;
  operation.prepare(entry, 1, 3);
  EXPECT_EQ(entry.opcode, IORING_OP_WRITE_FIXED);
  EXPECT_EQ(entry.rw_flags, RWF_DSYNC);
}

TEST_F(DiskOperationTest, WritesThrough) {
  EXPECT_EQ(prepare({.kind = Kind::kWrite, .durable = true, .count = 1}).rw_flags, RWF_DSYNC);
  EXPECT_EQ(prepare({.kind = Kind::kWrite, .durable = true, .count = 2}).rw_flags, RWF_DSYNC);
  EXPECT_EQ(prepare({.kind = Kind::kRead, .durable = true, .count = 1}).rw_flags, 0);
}

TEST_F(DiskOperationTest, Flushes) {
  const io_uring_sqe entry = prepare({.kind = Kind::kFlush});
  EXPECT_EQ(entry.opcode, IORING_OP_FSYNC);
  EXPECT_EQ(entry.fsync_flags, unsigned{IORING_FSYNC_DATASYNC});
}

// linux/io_uring.h: the length is in `addr`, the mode in `len`.
TEST_F(DiskOperationTest, Discards) {
  const io_uring_sqe entry = prepare({.kind = Kind::kDiscard, .offset = 512, .left = 8192});
  EXPECT_EQ(entry.opcode, IORING_OP_FALLOCATE);
  EXPECT_EQ(entry.off, 512u);
  EXPECT_EQ(entry.addr, 8192u);
  EXPECT_EQ(entry.len, unsigned{FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE});
}

TEST_F(DiskOperationTest, WritesZeroesWithOrWithoutAHole) {
  EXPECT_EQ(prepare({.kind = Kind::kWriteZeroes}).len, unsigned{FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE});
  EXPECT_EQ(prepare({.kind = Kind::kWriteZeroes, .may_unmap = true}).len,
            unsigned{FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE});
}

TEST_F(DiskOperationTest, GoesOnWhereItEnded) {
  DiskOperation operation{.kind = Kind::kRead, .offset = 0, .left = 1536, .buffers = buffers_.data(), .count = 2};
  operation.advance(100);
  EXPECT_EQ(operation.buffers->iov_base, bytes_.data() + 100);
  EXPECT_EQ(operation.buffers->iov_len, 412u);
  operation.advance(512);
  EXPECT_EQ(operation.count, 1u);
  EXPECT_EQ(operation.offset, 612u);
  EXPECT_EQ(operation.buffers->iov_base, bytes_.data() + 612);
  operation.advance(924);
  EXPECT_EQ(operation.left, 0u);
  EXPECT_EQ(operation.count, 0u);
}

TEST_F(DiskOperationTest, KnowsWhatIsAligned) {
  EXPECT_TRUE((DiskOperation{.offset = 4096, .buffers = buffers_.data(), .count = 2}.aligned(512)));
  EXPECT_FALSE((DiskOperation{.offset = 4096, .buffers = buffers_.data(), .count = 2}.aligned(1024)));
  EXPECT_FALSE((DiskOperation{.offset = 100, .buffers = buffers_.data(), .count = 1}.aligned(512)));
}

}  // namespace
}  // namespace vireo::emulated
