#include "emulated/virtio/net_control.h"

#include "emulated/virtio/chain_bytes.h"
#include "emulated/virtio/net_registers.h"

namespace vireo::emulated {

bool NetControl::serve(const RunningQueue& queue) noexcept {
  for (unsigned i = 0; i < queue.ring.size(); ++i) {
    const auto chain = queue.ring.pop();
    if (!chain) break;
    const uint8_t answer = obey(*chain) ? kNetControlDone : kNetControlRefused;
    queue.ring.complete(chain->id, static_cast<uint32_t>(ChainBytes(chain->writable).put({&answer, 1})));
  }
  return true;
}

// As at a reset: one pair.
void NetControl::stopped(unsigned) noexcept {
  use_pairs_(1);
}

bool NetControl::obey(const Chain& chain) const noexcept {
  ChainBytes message(chain.readable);
  NetControlCommand command;
  NetControlPairs pairs;
  if (!message.take({reinterpret_cast<uint8_t*>(&command), sizeof command})) return false;
  if (command != kNetControlSetPairs) return false;
  if (!message.take({reinterpret_cast<uint8_t*>(&pairs), sizeof pairs})) return false;
  return pairs.count >= 1 && pairs.count <= most_pairs_ && use_pairs_(pairs.count);
}

}  // namespace vireo::emulated
