#pragma once

#include <thread>

#include "emulated/virtio/net_queues.h"

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

// A pair of queues whose frames a thread of its own moves.
class NetThread final : private LoopThread, public NetQueues {
 public:
  // Errors: SystemError (kHost) when file descriptors run out.
  NetThread(std::unique_ptr<NetBackend> backend, const std::string& name)
      : NetQueues(own_loop_, std::move(backend), name) {
    begin(name);
  }
  ~NetThread() override { end(); }
};

}  // namespace vireo::emulated
