#pragma once

#include "emulated/virtio/queue_server.h"

namespace vireo::emulated {

// State: complete.
// Features: one queue, which the host's random numbers fill.
// Missing: nothing.
// Source: virtio 1.2 5.4.
class EntropyDevice final : public LoopDevice {
 public:
  using LoopDevice::LoopDevice;

  const Identity& identity() const override { return identity_; }

 private:
  bool serve(const RunningQueue& queue) noexcept override;

  Identity identity_{.type = 4, .class_code = 0x00ff00, .features = 0, .queue_sizes = {64}};
};

}  // namespace vireo::emulated
