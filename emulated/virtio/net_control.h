#pragma once

#include <functional>

#include "emulated/virtio/queue_server.h"

namespace vireo::emulated {

// A NIC's control queue: the driver's choice of how many pairs of queues it uses. Other commands are refused.
// Source: virtio 1.2 5.1.6.5.
class NetControl final : public QueueServer {
 public:
  // Return whether it could be done. Thread: the loop's, and once more, with 1, that of stop().
  using UsePairs = std::function<bool(unsigned count)>;

  // Lifetime: the loop outlives this.
  NetControl(platform::EventLoop& loop, unsigned most_pairs, UsePairs use_pairs)
      : QueueServer(loop), most_pairs_(most_pairs), use_pairs_(std::move(use_pairs)) {}

 private:
  bool serve(const RunningQueue& queue) noexcept override;
  void stopped(unsigned index) noexcept override;
  bool obey(const Chain& chain) const noexcept;

  unsigned most_pairs_;
  UsePairs use_pairs_;
};

}  // namespace vireo::emulated
