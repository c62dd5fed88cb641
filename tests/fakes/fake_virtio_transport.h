#pragma once

#include <mutex>
#include <vector>

#include "emulated/virtio/virtio_device.h"

namespace vireo::fakes {

// Records what a virtio device asks of its transport.
class FakeVirtioTransport final : public emulated::VirtioTransport {
 public:
  void interrupt_queue(unsigned index) noexcept override {
    const std::lock_guard lock(mutex);
    interrupts.push_back(index);
    event.signal();
  }
  void config_changed() noexcept override { ++config_changes; }
  void needs_reset() noexcept override {
    broken = true;
    event.signal();
  }

  std::mutex mutex;
  std::vector<unsigned> interrupts;
  base::EventFd event;  // an interrupt came, or a fault
  std::atomic<unsigned> config_changes = 0;
  std::atomic<bool> broken = false;
};

}  // namespace vireo::fakes
