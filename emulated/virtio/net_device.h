#pragma once

#include "emulated/virtio/net_config.h"
#include "emulated/virtio/net_control.h"
#include "emulated/virtio/net_pair.h"

namespace vireo::emulated {

// State: works with Linux's driver.
// Features: pairs of queues, whoever moves their frames, of which the driver says by the control queue how many it
// uses;
//   mergeable buffers, MAC, MTU, link state; checksums and segmentation as its way out does them.
// Missing: filters and VLANs by the control queue, announcements, receive-side scaling.
// Source: virtio 1.2 5.1.
class NetDevice final : public VirtioDevice {
 public:
  // Preconditions: as many pairs as settings.pairs, all of one kind. Lifetime: the loop, which serves the control
  // queue, outlives this.
  NetDevice(std::vector<std::unique_ptr<NetPair>> pairs, const NetSettings& settings, platform::EventLoop& loop);

  const Identity& identity() const override { return identity_; }
  void connect(VirtioTransport& transport) override { transport_ = &transport; }
  void read_config(uint64_t offset, std::span<uint8_t> data) noexcept override;
  void start(const RunningQueue& queue) noexcept override;
  void set_vector(unsigned index, const base::EventFd* vector) noexcept override;
  void stop(unsigned index) noexcept override;

 private:
  NetPair* pair_of(unsigned index) const noexcept;
  bool use_pairs(unsigned count) noexcept;
  void pull_cable() noexcept;

  NetSettings settings_;
  Identity identity_;
  VirtioTransport* transport_ = nullptr;
  std::vector<std::unique_ptr<NetPair>> pairs_;
  unsigned attached_;                        // pairs: these first
  std::optional<unsigned> running_control_;  // the control queue's number
  std::atomic<bool> link_up_ = true;
  NetControl control_;
};

}  // namespace vireo::emulated
