#include "emulated/virtio/net_queues.h"

#include <cstring>

#include "emulated/virtio/chain_bytes.h"
#include "emulated/virtio/net_registers.h"
#include "vmm/base/log.h"

namespace vireo::emulated {
namespace {

constexpr size_t kMostBuffers = 128;  // of one frame that the driver sends
constexpr size_t kBuffersField = offsetof(NetHeader, num_buffers);

}  // namespace

NetQueues::NetQueues(platform::EventLoop& loop, std::unique_ptr<NetBackend> backend, const std::string& name)
    : QueueServer(loop), backend_(std::move(backend)), name_(name), packet_(kMostPacket) {
  delivery_.chains.reserve(kMaxQueueSize);
}

bool NetQueues::serve(const RunningQueue& queue) noexcept {
  if (is_receive_queue(queue.index)) return receive(queue);
  transmit(queue);
  return true;
}

void NetQueues::stopped(unsigned index) noexcept {
  if (!is_receive_queue(index)) return;
  watch_backend(false);
  accepted_ = false;
  delivery_.chains.clear();
  delivery_.size = delivery_.done = 0;
}

// Return whether the driver's buffers are what is missing.
bool NetQueues::receive(const RunningQueue& queue) noexcept {
  if (gone_) return false;
  receive_queue_ = queue.index;
  if (!std::exchange(accepted_, true)) backend_->accept(queue.features);
  for (unsigned i = 0; i < queue.ring.size(); ++i) {
    if (delivery_.size == 0) {
      const ssize_t size = backend_->receive(packet_);
      if (size < 0) lose_backend();
      if (size == 0) watch_backend(true);
      if (size <= 0) return false;
      delivery_.size = static_cast<size_t>(size);
    }
    if (!deliver(queue)) {
      watch_backend(false);
      return true;
    }
  }
  queue.doorbell.signal();
  return false;
}

// Return whether the frame has found room.
bool NetQueues::deliver(const RunningQueue& queue) noexcept {
  const bool mergeable = (queue.features & kNetMergeable) != 0;
  while (delivery_.done < delivery_.size) {
    const auto chain = queue.ring.pop();
    if (!chain) return false;
    fill(*chain);
    if (!mergeable) break;
  }
  hand_over(queue.ring);
  return true;
}

void NetQueues::fill(const Chain& chain) noexcept {
  ChainBytes room(chain.writable);
  if (delivery_.chains.empty()) {
    size_t at = 0;
    delivery_.buffers_field = {};
    for (const std::span<uint8_t> part : chain.writable)
      for (size_t i = 0; i < part.size() && at < sizeof(NetHeader); ++i, ++at)
        if (at >= kBuffersField) delivery_.buffers_field[at - kBuffersField] = &part[i];
  }
  const std::span<const uint8_t> rest = std::span(packet_).subspan(delivery_.done, delivery_.size - delivery_.done);
  const size_t written = room.put(rest);
  delivery_.done += written;
  delivery_.chains.emplace_back(chain.id, static_cast<uint32_t>(written));
}

// A frame that one buffer cannot hold, where the driver does not merge, is lost: its buffer comes back empty.
void NetQueues::hand_over(Virtqueue& ring) noexcept {
  const bool lost = delivery_.done < delivery_.size || delivery_.buffers_field[1] == nullptr;
  const auto count = static_cast<uint16_t>(delivery_.chains.size());
  if (!lost) {
    *delivery_.buffers_field[0] = static_cast<uint8_t>(count);
    *delivery_.buffers_field[1] = static_cast<uint8_t>(count >> 8);
  }
  for (const auto& [id, written] : delivery_.chains) ring.complete(id, lost ? 0 : written);
  delivery_.chains.clear();
  delivery_.size = delivery_.done = 0;
}

void NetQueues::transmit(const RunningQueue& queue) noexcept {
  for (unsigned i = 0; i < queue.ring.size(); ++i) {
    const auto chain = queue.ring.pop();
    if (!chain) return;
    const ChainBytes packet(chain->readable);
    std::array<iovec, kMostBuffers> parts;
    const size_t count = packet.size() > kMostPacket ? 0 : packet.buffers(packet.size(), parts);
    if (!gone_ && count > 0 && packet.size() > sizeof(NetHeader) && !backend_->send(std::span(parts).first(count)))
      lose_backend();
    queue.ring.complete(chain->id, 0);
  }
}

void NetQueues::watch_backend(bool wanted) noexcept try {
  if (watched_ == wanted) return;
  if (wanted)
    loop().watch(backend_->file(), [this](uint32_t) { serve_now(receive_queue_); });
  else
    loop().unwatch(backend_->file());
  watched_ = wanted;
} catch (const base::Error& error) {
  spdlog::warn("[{}] {}", name_, error.what());
  lose_backend();
}

void NetQueues::lose_backend() noexcept {
  if (std::exchange(gone_, true)) return;
  watch_backend(false);
  lose();
}

}  // namespace vireo::emulated
