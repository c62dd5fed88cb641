#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace vireo::emulated {

// Part of a chain as a run of bytes, wherever the driver cut it: a device makes nothing of the cuts (virtio 1.2
// 2.7.4). Lifetime: the chain's.
class ChainBytes {
 public:
  explicit ChainBytes(std::span<const std::span<uint8_t>> segments) : segments_(segments) {}

  uint64_t size() const noexcept {
    uint64_t sum = 0;
    for (const std::span<uint8_t> segment : segments_) sum += segment.size();
    return sum - skipped_;
  }

  // Take `out.size()` bytes from the front; false, having taken some, when there are fewer.
  bool take(std::span<uint8_t> out) noexcept {
    while (!out.empty() && !segments_.empty()) {
      const std::span<uint8_t> rest = segments_.front().subspan(skipped_);
      const size_t count = std::min(rest.size(), out.size());
      std::memcpy(out.data(), rest.data(), count);
      skip(count);
      out = out.subspan(count);
    }
    return out.empty();
  }

  // Write from the front; return how many bytes had room.
  size_t put(std::span<const uint8_t> data) noexcept {
    size_t written = 0;
    while (written < data.size() && !segments_.empty()) {
      const std::span<uint8_t> rest = segments_.front().subspan(skipped_);
      const size_t count = std::min(rest.size(), data.size() - written);
      std::memcpy(rest.data(), data.data() + written, count);
      skip(count);
      written += count;
    }
    return written;
  }

  // The first `length` bytes as buffers in `out`; return how many, or 0 when they are too many.
  // Precondition: length <= size().
  size_t buffers(uint64_t length, std::span<iovec> out) const noexcept {
    size_t count = 0;
    uint64_t skipped = skipped_;
    for (size_t i = 0; i < segments_.size() && length > 0; ++i) {
      const std::span<uint8_t> rest = segments_[i].subspan(skipped);
      const uint64_t size = std::min<uint64_t>(rest.size(), length);
      if (count == out.size()) return 0;
      out[count++] = {.iov_base = rest.data(), .iov_len = size};
      length -= size;
      skipped = 0;
    }
    return count;
  }

 private:
  void skip(size_t count) noexcept {
    skipped_ += count;
    if (skipped_ < segments_.front().size()) return;
    segments_ = segments_.subspan(1);
    skipped_ = 0;
  }

  std::span<const std::span<uint8_t>> segments_;
  size_t skipped_ = 0;  // of the first
};

}  // namespace vireo::emulated
