#include "emulated/virtio/net_thread.h"

#include <pthread.h>

namespace vireo::emulated {

void LoopThread::begin(const std::string& name) {
  thread_ = std::thread([this, name] {
    ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
    // Where CPUs are short a doorbell does not interrupt the guest that rings it: it goes on and rings for several
    // frames at once. sched(7)
    const sched_param none{};
    ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &none);
    own_loop_.run();
  });
}

void LoopThread::end() noexcept {
  if (!thread_.joinable()) return;
  own_loop_.stop();
  thread_.join();
}

}  // namespace vireo::emulated
