#include "emulated/virtio/net_device.h"

#include "vmm/base/log.h"

namespace vireo::emulated {
namespace {

constexpr uint16_t kQueueSize = 256;

}  // namespace

NetDevice::NetDevice(std::vector<std::unique_ptr<NetPair>> pairs, const NetSettings& settings,
                     platform::EventLoop& loop)
    : settings_(settings),
      identity_{.type = 1,
                .class_code = 0x020000,
                .features = own_features(settings) | pairs.front()->abilities().features,
                .queue_sizes = std::vector<uint16_t>(net_queues(settings.pairs), kQueueSize),
                .split_rings_only = pairs.front()->abilities().split_rings_only},
      pairs_(std::move(pairs)),
      attached_(settings.pairs),
      control_(loop, settings.pairs, [this](unsigned count) { return use_pairs(count); }) {
  for (const auto& pair : pairs_) pair->on_loss([this] { pull_cable(); });
  use_pairs(1);
}

void NetDevice::read_config(uint64_t offset, std::span<uint8_t> data) noexcept {
  load_from(config_space(settings_, link_up_), offset, data);
}

void NetDevice::start(const RunningQueue& queue) noexcept {
  if (queue.index == net_control_queue(settings_.pairs, queue.features)) {
    running_control_ = queue.index;
    control_.start(queue);
  } else if (NetPair* pair = pair_of(queue.index)) {
    pair->start(queue);
  }
}

void NetDevice::set_vector(unsigned index, const base::EventFd* vector) noexcept {
  if (index == running_control_) return;
  if (NetPair* pair = pair_of(index)) pair->set_vector(index, vector);
}

void NetDevice::stop(unsigned index) noexcept {
  if (index == running_control_) {
    running_control_.reset();
    control_.stop(index);
  } else if (NetPair* pair = pair_of(index)) {
    pair->stop(index);
  }
}

NetPair* NetDevice::pair_of(unsigned index) const noexcept {
  return index / 2 < pairs_.size() ? pairs_[index / 2].get() : nullptr;
}

// Frames that arrive go to the first pairs only. virtio 1.2 5.1.6.5.6
bool NetDevice::use_pairs(unsigned count) noexcept {
  bool all = true;
  for (; attached_ < count; ++attached_) all = pairs_[attached_]->attach(true) && all;
  for (; attached_ > count; --attached_) all = pairs_[attached_ - 1]->attach(false) && all;
  return all;
}

void NetDevice::pull_cable() noexcept {
  if (!link_up_.exchange(false)) return;
  spdlog::warn("[{}] the network's other side is gone: the guest's link is down", settings_.name);
  transport_->config_changed();
}

}  // namespace vireo::emulated
