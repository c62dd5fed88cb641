#pragma once

#include <functional>

#include "emulated/virtio/virtio_device.h"

namespace vireo::emulated {

// A pair of a NIC's queues, and its way out: frames come in by the even queue and go out by the odd one. virtio 1.2
// 5.1.2.
class NetPair {
 public:
  // What a pair makes the device able to do.
  struct Abilities {
    uint64_t features = 0;
    bool split_rings_only = false;
  };
  virtual ~NetPair() = default;

  virtual Abilities abilities() const = 0;
  // As VirtioDevice's, of the pair's two queues.
  virtual void start(const RunningQueue& queue) noexcept = 0;
  virtual void set_vector(unsigned, const base::EventFd*) noexcept {}
  virtual void stop(unsigned index) noexcept = 0;

  // Whether the host spreads frames to this pair, too; the first of all always has some. Return whether it does as it
  // is told. Thread: any.
  virtual bool attach(bool attached) noexcept = 0;

  // Have a callback told, once, that the other side is gone. Before start(). Thread: the pair's own.
  void on_loss(std::function<void()> callback) { lost_ = std::move(callback); }

 protected:
  void lose() const {
    if (lost_) lost_();
  }

 private:
  std::function<void()> lost_;
};

constexpr bool is_receive_queue(unsigned index) {
  return index % 2 == 0;
}

}  // namespace vireo::emulated
