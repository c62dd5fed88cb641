#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "emulated/virtio/virtqueue.h"

namespace vireo::emulated {

// What a virtio device is behind its transport. Source: virtio 1.2 5.
// Thread: its function's lock is held in every call.
class VirtioDevice {
 public:
  struct Identity {
    uint16_t type = 0;                  // virtio 1.2 5
    uint32_t class_code = 0;            // PCI's
    uint64_t features = 0;              // of its own: 0 to 23, and 50 on
    std::vector<uint16_t> queue_sizes;  // at most kMaxQueueSize each
  };
  virtual ~VirtioDevice() = default;

  virtual const Identity& identity() const = 0;

  // The device's configuration structure. offset + size may reach past its end: zeros.
  virtual void read_config(uint64_t, std::span<uint8_t> data) noexcept { std::ranges::fill(data, uint8_t{0}); }
  virtual void write_config(uint64_t, std::span<const uint8_t>) noexcept {}

  // Serve what is in a queue: at most as many chains as it has descriptors, so that no driver keeps the others waiting.
  virtual void serve(unsigned index, Virtqueue& queue) noexcept = 0;
};

}  // namespace vireo::emulated
