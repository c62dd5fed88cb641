#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "emulated/virtio/virtqueue.h"
#include "vmm/base/event_fd.h"

namespace vireo::emulated {

// What a device may ask of its transport. Thread: any; none of it waits for a thread of the device's.
class VirtioTransport {
 public:
  virtual ~VirtioTransport() = default;
  // By the queue's vector, or by INTx.
  virtual void interrupt_queue(unsigned index) noexcept = 0;
  // The device's configuration structure has changed.
  virtual void config_changed() noexcept = 0;
  // The driver broke the rules. virtio 1.2 2.1.2.
  virtual void needs_reset() noexcept = 0;
};

// A queue that the driver has set going. Lifetime: from the device's start() to its stop(), the device's alone.
struct RunningQueue {
  unsigned index = 0;
  Virtqueue& ring;
  const base::EventFd& doorbell;
  VirtioTransport& transport;
  uint64_t features = 0;  // that the driver took
  QueueLayout layout = {};
  const base::EventFd* vector = nullptr;  // what interrupts by MSI-X, without user code; null: there is none now

  // Let the driver know of what is complete; the driver's fault is known then, too.
  void publish() const noexcept {
    if (ring.publish()) transport.interrupt_queue(index);
    if (ring.broken()) transport.needs_reset();
  }
};

// Load from a device's configuration structure: zeros past its end.
template <typename Structure>
void load_from(const Structure& structure, uint64_t offset, std::span<uint8_t> data) noexcept {
  static_assert(std::has_unique_object_representations_v<Structure>);  // no padding that shows our memory
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(&structure), sizeof structure);
  for (size_t i = 0; i < data.size(); ++i) data[i] = offset + i < bytes.size() ? bytes[offset + i] : uint8_t{0};
}

// What a virtio device is behind its transport. Source: virtio 1.2 5.
// Thread: its function's lock is held in every call.
class VirtioDevice {
 public:
  struct Identity {
    uint16_t type = 0;                  // virtio 1.2 5
    uint32_t class_code = 0;            // PCI's
    uint64_t features = 0;              // of its own: 0 to 23, and 50 on
    std::vector<uint16_t> queue_sizes;  // at most kMaxQueueSize each
    bool split_rings_only = false;
  };
  virtual ~VirtioDevice() = default;

  virtual const Identity& identity() const = 0;
  // Before all else. Lifetime: the transport outlives the device's use of it.
  virtual void connect(VirtioTransport&) {}

  // The device's configuration structure. offset + size may reach past its end: zeros.
  virtual void read_config(uint64_t, std::span<uint8_t> data) noexcept { std::ranges::fill(data, uint8_t{0}); }
  virtual void write_config(uint64_t, std::span<const uint8_t>) noexcept {}

  // From now on serve the queue, also what is in it already.
  virtual void start(const RunningQueue& queue) noexcept = 0;
  // A running queue's `vector` may be another one now.
  virtual void set_vector(unsigned, const base::EventFd*) noexcept {}
  // Serve it no more. On return nothing of the device's touches the ring or a buffer.
  virtual void stop(unsigned index) noexcept = 0;
};

}  // namespace vireo::emulated
