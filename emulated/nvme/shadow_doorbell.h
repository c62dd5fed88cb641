#pragma once

#include <atomic>
#include <cstdint>

#include "emulated/ring_memory.h"

namespace vireo::emulated::nvme {

// What a driver writes in place of a doorbell, and the value beyond which it rings the doorbell too.
// Source: NVMe 1.4 5.7, 7.13.
class ShadowDoorbell {
 public:
  // Where the driver's two buffers are.
  struct Buffers {
    RingMemory values;
    RingMemory events;
  };
  // `index`: of the doorbell, from 0x1000 on in units of 4 bytes.
  ShadowDoorbell(const Buffers& buffers, unsigned index) : buffers_(buffers), offset_(uint64_t{4} * index) {}

  uint32_t load() const noexcept { return buffers_.values.load_acquire<uint32_t>(offset_); }

  // Have the driver not ring until it comes to `value` again, which it has passed.
  void want_none_until(uint32_t value) const noexcept { buffers_.events.store_release<uint32_t>(offset_, value); }
  // Have the driver ring for what is newer than `seen`. Return whether there is something newer already.
  bool want_after(uint32_t seen) const noexcept {
    buffers_.events.store_release<uint32_t>(offset_, seen);
    std::atomic_thread_fence(std::memory_order_seq_cst);  // the driver writes the value, then reads what we wrote
    return load() != seen;
  }

 private:
  Buffers buffers_;
  uint64_t offset_;
};

}  // namespace vireo::emulated::nvme
