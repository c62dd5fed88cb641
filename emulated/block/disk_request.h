#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>

namespace vireo::emulated {

// What a guest asks of a disk, in bytes. Checked by who makes it: it lies within the disk.
struct DiskRequest {
  enum class Kind : uint8_t { kRead, kWrite, kFlush, kDiscard, kWriteZeroes };
  Kind kind = Kind::kFlush;
  bool durable = false;    // kWrite, kWriteZeroes: on the medium before it is done
  bool may_unmap = false;  // kWriteZeroes
  uint64_t offset = 0;
  uint64_t length = 0;                  // kRead, kWrite: the sum of the buffers'
  std::span<const iovec> buffers = {};  // at most kMaxDiskBuffers
};

constexpr unsigned kMaxDiskBuffers = 128;

enum class DiskResult : uint8_t { kDone, kFailed, kUnsupported };

// Names one of a queue's requests that are not done yet: below the queue's depth.
using DiskTag = uint16_t;

// Who makes a disk queue's requests. Thread: the queue's.
class DiskClient {
 public:
  virtual ~DiskClient() = default;
  // The doorbell rang: submit what there is.
  virtual void serve() noexcept = 0;
  virtual void done(DiskTag tag, DiskResult result) noexcept = 0;
  // All that is known for now has been said by done().
  virtual void settle() noexcept = 0;
};

}  // namespace vireo::emulated
