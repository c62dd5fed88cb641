#pragma once

#include "emulated/virtio/net_pair.h"
#include "vmm/base/fd.h"
#include "vmm/platform/event_loop.h"
#include "vmm/platform/guest_memory.h"

namespace vireo::emulated {

// Whether this host has vhost-net, for this user.
bool has_vhost_net() noexcept;

// A pair of queues whose frames the host's kernel moves between the rings and a tap: no thread of ours, no user code
// at a doorbell or an interrupt (MSI-X). It has no packed rings.
// Source: linux/vhost.h.
class VhostPair final : public NetPair {
 public:
  // Lifetime: memory and loop outlive this. Errors: SystemError (kHost) naming the request that the kernel refused.
  VhostPair(base::Fd tap, const std::string& name, const platform::GuestMemory& memory, platform::EventLoop& loop);
  ~VhostPair() override;

  Abilities abilities() const override;
  void start(const RunningQueue& queue) noexcept override;
  void set_vector(unsigned index, const base::EventFd* vector) noexcept override;
  void stop(unsigned index) noexcept override;
  bool attach(bool attached) noexcept override;

 private:
  struct Ring {
    unsigned queue = 0;  // the device's number of it
    VirtioTransport* transport = nullptr;
    base::EventFd line;   // where there is no vector: interrupts by way of the loop
    base::EventFd error;  // the driver broke a rule
    int call = -1;        // what vhost signals
  };

  void set_memory(const platform::GuestMemory& memory);
  void set_up_ring(const RunningQueue& queue);
  void set_backend(unsigned ring, int file);

  std::string name_;
  base::Fd tap_;
  base::Fd vhost_;
  const platform::GuestMemory& memory_;
  platform::EventLoop& loop_;
  std::array<Ring, 2> rings_;
  unsigned running_ = 0;  // queues
};

}  // namespace vireo::emulated
