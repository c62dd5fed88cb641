#pragma once

#include <liburing.h>

#include <optional>

#include "emulated/block/disk_request.h"

namespace vireo::emulated {

// A disk request as the kernel is asked for it: what is left of it, and how the next part is asked for.
// Source: io_uring_enter(2); fallocate(2).
struct DiskOperation {
  DiskRequest::Kind kind = {};
  bool durable = false;
  bool may_unmap = false;
  uint64_t offset = 0;
  uint64_t left = 0;         // bytes
  iovec* buffers = nullptr;  // for what is left of a transfer
  unsigned count = 0;

  // It moves bytes between buffers and the disk.
  bool transfers() const noexcept { return kind == DiskRequest::Kind::kRead || kind == DiskRequest::Kind::kWrite; }
  // Whether its place on the disk and in memory, and its length, are multiples of `alignment`.
  bool aligned(uint32_t alignment) const noexcept;
  // It moves bytes to or from one place in memory.
  bool has_one_buffer() const noexcept { return transfers() && count == 1; }
  // Ask for what is left of it. `file`: of the ring's registered files. `buffer`: the registered one that has all of
  // its memory, if it has one buffer. Lifetime: the buffers' until it is done.
  void prepare(io_uring_sqe& entry, int file, std::optional<uint16_t> buffer = {}) const noexcept;
  // So many bytes are done. Precondition: it transfers, and has them left.
  void advance(uint64_t moved) noexcept;
  // For messages.
  const char* word() const noexcept;
};

}  // namespace vireo::emulated
