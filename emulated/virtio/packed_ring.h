#pragma once

#include "emulated/ring_memory.h"
#include "emulated/virtio/virtqueue.h"

namespace vireo::emulated {

// Source: virtio 1.2 2.8.
class PackedRing final : public Virtqueue {
 public:
  static std::unique_ptr<PackedRing> make(const platform::GuestMemory& memory, const QueueLayout& layout,
                                          uint64_t features);

  bool publish() noexcept override;
  bool want_doorbells(bool wanted) noexcept override;

 private:
  struct Parts {
    RingMemory descriptors;
    RingMemory driver_events;
    RingMemory device_events;
  };
  // A place in the ring, with the counter that flips at its end.
  struct Position {
    uint16_t index = 0;
    bool wrap = true;
  };
  PackedRing(const platform::GuestMemory& memory, uint16_t size, uint64_t features, const Parts& parts)
      : Virtqueue(memory, size, features), parts_(parts) {}

  Take take(ChainId& id) noexcept override;
  void put(ChainId id, uint32_t written) noexcept override;
  bool available(const Position& position) const noexcept;
  void advance(Position& position, uint16_t by) const noexcept;
  bool add_indirect(const Descriptor& descriptor) noexcept;

  Parts parts_;
  Position next_;
  Position used_;
  unsigned unpublished_ = 0;  // descriptors that were put since the last publish()
};

}  // namespace vireo::emulated
