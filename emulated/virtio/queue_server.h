#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "emulated/virtio/virtio_device.h"
#include "vmm/platform/event_loop.h"

namespace vireo::emulated {

// Queues of a device's that are served on one event loop: the machine's, or another.
class QueueServer {
 public:
  // Lifetime: the loop outlives this.
  explicit QueueServer(platform::EventLoop& loop) : loop_(loop) {}
  virtual ~QueueServer() = default;
  QueueServer(const QueueServer&) = delete;
  QueueServer& operator=(const QueueServer&) = delete;

  // As VirtioDevice's, of the queues that are served here. stop() of another does nothing.
  void start(const RunningQueue& queue) noexcept;
  void stop(unsigned index) noexcept;

 protected:
  // Serve what is in a queue: at most as many chains as it has descriptors, so that no driver keeps the others waiting.
  // Return whether the driver is waited for: false for a queue whose chains wait for something else.
  // Thread: the loop's, under this class's lock; so the next.
  virtual bool serve(const RunningQueue& queue) noexcept = 0;
  // The queue is the driver's again.
  virtual void stopped(unsigned) noexcept {}

  // As at a doorbell. Thread: the loop's.
  void serve_now(unsigned index) noexcept;
  // Have a queue served soon, if it runs. Precondition: in serve(), or in tell().
  void ring(unsigned index) const noexcept {
    if (index < running_.size() && running_[index]) running_[index]->doorbell.signal();
  }
  // Change what serve() looks at.
  template <typename Change>
  void tell(Change change) noexcept {
    const std::lock_guard lock(mutex_);
    change();
  }
  platform::EventLoop& loop() const { return loop_; }

 private:
  platform::EventLoop& loop_;
  std::mutex mutex_;
  std::vector<std::optional<RunningQueue>> running_;
};

// A device all of whose queues are served on one event loop.
class LoopDevice : public VirtioDevice, protected QueueServer {
 public:
  using QueueServer::QueueServer;

  void start(const RunningQueue& queue) noexcept final { QueueServer::start(queue); }
  void stop(unsigned index) noexcept final { QueueServer::stop(index); }
};

}  // namespace vireo::emulated
