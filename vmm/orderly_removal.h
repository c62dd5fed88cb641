#pragma once

#include <functional>

#include "vmm/base/event_fd.h"
#include "vmm/platform/event_loop.h"

namespace vireo {

// A guest that was asked to let go of a device: it does so, or its time is over.
class OrderlyRemoval {
 public:
  // `end` is called once, on the loop's thread; the removal may be destroyed by it. Lifetime: `loop` outlives it.
  // Errors: SystemError (kHost) when file descriptors run out.
  OrderlyRemoval(platform::EventLoop& loop, unsigned seconds, std::function<void(bool in_time)> end);
  ~OrderlyRemoval();
  OrderlyRemoval(const OrderlyRemoval&) = delete;
  OrderlyRemoval& operator=(const OrderlyRemoval&) = delete;

  // To be signalled when the guest has let go.
  const base::EventFd& let_go() const { return let_go_; }

 private:
  void watch(int file, bool in_time);

  platform::EventLoop& loop_;
  base::EventFd let_go_;
  base::Fd timer_;
  std::function<void(bool)> end_;
};

}  // namespace vireo
