#pragma once

#include "emulated/virtio/net_backend.h"
#include "emulated/virtio/net_pair.h"
#include "emulated/virtio/queue_server.h"

namespace vireo::emulated {

// A pair of queues whose frames vireo moves. A frame waits for a buffer, it is not dropped.
class NetQueues : public NetPair, private QueueServer {
 public:
  // name: in messages. Lifetime: the loop outlives this.
  NetQueues(platform::EventLoop& loop, std::unique_ptr<NetBackend> backend, const std::string& name);

  Abilities abilities() const override { return {.features = backend_->features()}; }
  void start(const RunningQueue& queue) noexcept override { QueueServer::start(queue); }
  void stop(unsigned index) noexcept override { QueueServer::stop(index); }
  bool attach(bool attached) noexcept override { return backend_->attach(attached); }

 private:
  // A frame on its way into the driver's buffers.
  struct Delivery {
    size_t size = 0;  // 0: there is none
    size_t done = 0;
    std::array<uint8_t*, 2> buffers_field = {};  // where its header counts buffers
    std::vector<std::pair<ChainId, uint32_t>> chains;
  };

  bool serve(const RunningQueue& queue) noexcept override;
  void stopped(unsigned index) noexcept override;
  bool receive(const RunningQueue& queue) noexcept;
  bool deliver(const RunningQueue& queue) noexcept;
  void fill(const Chain& chain) noexcept;
  void hand_over(Virtqueue& ring) noexcept;
  void transmit(const RunningQueue& queue) noexcept;
  void watch_backend(bool wanted) noexcept;
  void lose_backend() noexcept;

  std::unique_ptr<NetBackend> backend_;
  std::string name_;
  std::vector<uint8_t> packet_;
  Delivery delivery_;
  unsigned receive_queue_ = 0;
  bool accepted_ = false;
  bool watched_ = false;
  bool gone_ = false;
};

}  // namespace vireo::emulated
