#pragma once

#include <thread>

#include "emulated/virtio/net_backend.h"
#include "emulated/virtio/net_pair.h"
#include "emulated/virtio/queue_server.h"

namespace vireo::emulated {

// An event loop on a thread of its own. The base of what is built on it.
class LoopThread {
 protected:
  ~LoopThread() { end(); }
  void begin(const std::string& name);
  void end() noexcept;
  platform::EventLoop own_loop_;

 private:
  std::thread thread_;
};

// A pair of queues whose frames a thread of ours moves. A frame waits for a buffer, it is not dropped.
class NetThread final : private LoopThread, public NetPair, private QueueServer {
 public:
  // Errors: SystemError (kHost) when file descriptors run out.
  NetThread(std::unique_ptr<NetBackend> backend, const std::string& name);
  ~NetThread() override { end(); }

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
