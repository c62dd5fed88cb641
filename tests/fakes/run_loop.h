#pragma once

#include "vmm/platform/event_loop.h"

namespace vireo::fakes {

// Let the loop do what is to be done now.
inline void run_once(platform::EventLoop& loop) {
  base::EventFd done;
  loop.watch(done.get(), [&loop](uint32_t) { loop.stop(); });
  done.signal();
  loop.run();
  loop.unwatch(done.get());
  loop.forget_stop();
}

}  // namespace vireo::fakes
