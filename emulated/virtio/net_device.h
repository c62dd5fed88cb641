#pragma once

#include <thread>

#include "emulated/virtio/loop_device.h"
#include "emulated/virtio/net_backend.h"
#include "emulated/virtio/net_config.h"

namespace vireo::emulated {

// An event loop on a thread of its own. The base of a device that is built on it.
class LoopThread {
 protected:
  ~LoopThread() { end(); }
  void begin(const std::string& name);
  void end() noexcept;
  platform::EventLoop own_loop_;

 private:
  std::thread thread_;
};

// State: works with Linux's driver.
// Features: one pair of queues on a thread of its own; mergeable buffers, MAC, MTU, link state; checksums and
// segmentation as its backend does them. A frame waits for a buffer, it is not dropped.
// Missing: several pairs of queues, the control queue (filters, VLANs), announcements.
// Source: virtio 1.2 5.1.
class NetDevice final : private LoopThread, public LoopDevice {
 public:
  // Errors: SystemError (kHost) when file descriptors run out.
  NetDevice(std::unique_ptr<NetBackend> backend, const NetSettings& settings);
  ~NetDevice() override { end(); }

  const Identity& identity() const override { return identity_; }
  void connect(VirtioTransport& transport) override { transport_ = &transport; }
  void read_config(uint64_t offset, std::span<uint8_t> data) noexcept override;

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
  NetSettings settings_;
  Identity identity_;
  VirtioTransport* transport_ = nullptr;
  std::vector<uint8_t> packet_;
  Delivery delivery_;
  bool accepted_ = false;
  bool watched_ = false;
  std::atomic<bool> link_up_ = true;
};

}  // namespace vireo::emulated
