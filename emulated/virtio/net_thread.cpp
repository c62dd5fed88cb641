#include "emulated/virtio/net_thread.h"

#include <pthread.h>

namespace vireo::emulated {

void LoopThread::begin(const std::string& name) {
  thread_ = std::thread([this, name] {
    ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
    own_loop_.run();
  });
}

void LoopThread::end() noexcept {
  if (!thread_.joinable()) return;
  own_loop_.stop();
  thread_.join();
}

}  // namespace vireo::emulated
