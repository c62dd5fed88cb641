#include "emulated/virtio/entropy_device.h"

#include <sys/random.h>

namespace vireo::emulated {
namespace {

// Linux's getrandom(2) fills at most this without being interrupted. A driver takes less than it asked for.
constexpr size_t kMost = 256;

}  // namespace

bool EntropyDevice::serve(const RunningQueue& queue) noexcept {
  for (unsigned i = 0; i < queue.ring.size(); ++i) {
    const auto chain = queue.ring.pop();
    if (!chain) return true;
    ssize_t written = 0;
    if (!chain->writable.empty()) {
      const std::span<uint8_t> bytes = chain->writable.front();
      written = ::getrandom(bytes.data(), std::min(bytes.size(), kMost), 0);
    }
    queue.ring.complete(chain->id, written > 0 ? static_cast<uint32_t>(written) : 0);
  }
  return true;
}

}  // namespace vireo::emulated
