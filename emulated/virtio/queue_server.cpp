#include "emulated/virtio/queue_server.h"

#include "vmm/base/log.h"

namespace vireo::emulated {

void QueueServer::start(const RunningQueue& queue) noexcept try {
  const std::lock_guard lock(mutex_);
  if (queue.index >= running_.size()) running_.resize(queue.index + 1);
  running_[queue.index].emplace(queue);
  loop_.watch(queue.doorbell.get(), [this, index = queue.index](uint32_t) { serve_now(index); });
  queue.doorbell.signal();
} catch (const std::exception& error) {
  spdlog::warn("a virtqueue cannot be served: {}", error.what());
  queue.transport.needs_reset();
}

void QueueServer::stop(unsigned index) noexcept {
  const std::lock_guard lock(mutex_);
  if (index >= running_.size() || !running_[index]) return;
  loop_.unwatch(running_[index]->doorbell.get());
  running_[index].reset();
  stopped(index);
}

// What stays in the queue for the next time rings its own bell.
void QueueServer::serve_now(unsigned index) noexcept {
  const std::lock_guard lock(mutex_);
  if (index >= running_.size() || !running_[index]) return;  // stopped meanwhile
  const RunningQueue& queue = *running_[index];
  queue.doorbell.consume();
  queue.ring.want_doorbells(false);
  const bool waits = serve(queue);
  queue.publish();
  if (waits && !queue.ring.broken() && queue.ring.want_doorbells(true)) queue.doorbell.signal();
}

}  // namespace vireo::emulated
