#pragma once

#include "emulated/ring_memory.h"
#include "emulated/virtio/virtqueue.h"

namespace vireo::emulated {

// Source: virtio 1.2 2.7.
class SplitRing final : public Virtqueue {
 public:
  // Precondition: the size is a power of two.
  static std::unique_ptr<SplitRing> make(const platform::GuestMemory& memory, const QueueLayout& layout,
                                         uint64_t features);

  bool publish() noexcept override;
  bool want_doorbells(bool wanted) noexcept override;

 private:
  struct Parts {
    RingMemory descriptors;
    RingMemory available;
    RingMemory used;
  };
  SplitRing(const platform::GuestMemory& memory, uint16_t size, uint64_t features, const Parts& parts)
      : Virtqueue(memory, size, features), parts_(parts) {}

  Take take(ChainId& id) noexcept override;
  void put(ChainId id, uint32_t written) noexcept override;
  // Return how many descriptors of the table the chain has; 0: it breaks the rules.
  uint16_t walk(const RingMemory& table, unsigned entries, uint16_t first, bool indirect) noexcept;
  bool follow_indirect(const Descriptor& descriptor) noexcept;

  Parts parts_;
  uint16_t next_available_ = 0;
  uint16_t used_index_ = 0;  // what was put
  uint16_t published_ = 0;   // what the driver knows of
};

}  // namespace vireo::emulated
