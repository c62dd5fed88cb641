#pragma once

#include "emulated/virtio/net_config.h"
#include "emulated/virtio/virtio_device.h"
#include "vmm/platform/event_loop.h"
#include "vmm/platform/guest_memory.h"

namespace vireo::emulated {

// State: works with Linux's driver.
// Features: a NIC whose frames the host's kernel moves between the rings and a tap: no thread of ours, no user code at
// a doorbell or an interrupt (MSI-X). One pair of queues, mergeable buffers, checksums and segmentation, MAC, MTU.
// Missing: packed rings (vhost-net has none), several pairs of queues.
// Source: linux/vhost.h; virtio 1.2 5.1.
class VhostNetDevice final : public VirtioDevice {
 public:
  // Whether this host has vhost-net, for this user.
  static bool available() noexcept;

  // Lifetime: memory and loop outlive this. Errors: SystemError (kHost) naming the request that the kernel refused.
  VhostNetDevice(base::Fd tap, const NetSettings& settings, const platform::GuestMemory& memory,
                 platform::EventLoop& loop);
  ~VhostNetDevice() override;

  const Identity& identity() const override { return identity_; }
  void connect(VirtioTransport& transport) override { transport_ = &transport; }
  void read_config(uint64_t offset, std::span<uint8_t> data) noexcept override;
  void start(const RunningQueue& queue) noexcept override;
  void set_vector(unsigned index, const base::EventFd* vector) noexcept override;
  void stop(unsigned index) noexcept override;

 private:
  struct Ring {
    base::EventFd line;   // where there is no vector: interrupts by way of the loop
    base::EventFd error;  // the driver broke a rule
    int call = -1;        // what vhost signals
  };

  void set_memory(const platform::GuestMemory& memory);
  void set_up_ring(const RunningQueue& queue);
  void set_backend(unsigned index, int file);

  NetSettings settings_;
  base::Fd tap_;
  base::Fd vhost_;
  const platform::GuestMemory& memory_;
  platform::EventLoop& loop_;
  Identity identity_;
  VirtioTransport* transport_ = nullptr;
  std::array<Ring, 2> rings_;
  unsigned running_ = 0;  // queues
};

}  // namespace vireo::emulated
