#include "emulated/block/disk_operation.h"

#include <fcntl.h>

namespace vireo::emulated {
namespace {

using Kind = DiskRequest::Kind;

void prepare_transfer(io_uring_sqe& entry, const DiskOperation& operation, int file,
                      std::optional<uint16_t> buffer) noexcept {
  const iovec& first = *operation.buffers;
  const auto length = static_cast<unsigned>(first.iov_len);
  const bool reads = operation.kind == Kind::kRead;
  // One buffer needs no list that the kernel copies.
  if (reads && buffer)
    ::io_uring_prep_read_fixed(&entry, file, first.iov_base, length, operation.offset, *buffer);
  else if (buffer)
    ::io_uring_prep_write_fixed(&entry, file, first.iov_base, length, operation.offset, *buffer);
  else if (reads && operation.count == 1)
    ::io_uring_prep_read(&entry, file, first.iov_base, length, operation.offset);
  else if (reads)
    ::io_uring_prep_readv(&entry, file, operation.buffers, operation.count, operation.offset);
  else if (operation.count == 1)
    ::io_uring_prep_write(&entry, file, first.iov_base, length, operation.offset);
  else
    ::io_uring_prep_writev(&entry, file, operation.buffers, operation.count, operation.offset);
  if (!reads && operation.durable) entry.rw_flags = RWF_DSYNC;
}

int allocation_mode(const DiskOperation& operation) noexcept {
  const bool unmaps = operation.kind == Kind::kDiscard || operation.may_unmap;
  return (unmaps ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE) | FALLOC_FL_KEEP_SIZE;
}

}  // namespace

bool DiskOperation::aligned(uint32_t alignment) const noexcept {
  uint64_t all = offset;
  for (unsigned i = 0; i < count; ++i) all |= reinterpret_cast<uint64_t>(buffers[i].iov_base) | buffers[i].iov_len;
  return all % alignment == 0;
}

void DiskOperation::prepare(io_uring_sqe& entry, int file, std::optional<uint16_t> buffer) const noexcept {
  switch (kind) {
    case Kind::kRead:
    case Kind::kWrite:
      prepare_transfer(entry, *this, file, buffer);
      break;
    case Kind::kFlush:
      ::io_uring_prep_fsync(&entry, file, IORING_FSYNC_DATASYNC);
      break;
    case Kind::kDiscard:
    case Kind::kWriteZeroes:
      ::io_uring_prep_fallocate(&entry, file, allocation_mode(*this), static_cast<off_t>(offset),
                                static_cast<off_t>(left));
      break;
  }
  entry.flags |= IOSQE_FIXED_FILE;
}

void DiskOperation::advance(uint64_t moved) noexcept {
  offset += moved;
  left -= moved;
  while (count > 0 && moved >= buffers->iov_len) {
    moved -= buffers->iov_len;
    ++buffers;
    --count;
  }
  if (count == 0) return;
  buffers->iov_base = static_cast<uint8_t*>(buffers->iov_base) + moved;
  buffers->iov_len -= moved;
}

const char* DiskOperation::word() const noexcept {
  switch (kind) {
    case Kind::kRead:
      return "read";
    case Kind::kWrite:
      return "write";
    case Kind::kFlush:
      return "flush";
    case Kind::kDiscard:
      return "discard";
    case Kind::kWriteZeroes:
      return "write of zeros";
  }
  return "";
}

}  // namespace vireo::emulated
