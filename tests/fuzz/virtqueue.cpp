// What a driver writes into a virtqueue's memory, of both kinds of ring, while the device pops and completes: chains
// stay in RAM and in bounds.
#include <cstring>
#include <deque>

#include "emulated/virtio/virtqueue.h"
#include "vmm/base/bits.h"

namespace {

using namespace vireo;

constexpr uint64_t kRam = 64 * base::kKiB;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

const platform::GuestMemory& memory() {
  static const platform::GuestMemory kMemory(
      {{.range = *base::GuestRange::make(base::GuestAddress(0), kRam), .offset = 0}}, {});
  return kMemory;
}

struct Step {
  uint8_t what;  // 0: pop, 1: complete, 2: publish, 3: doorbells, else: a store
  uint8_t width;
  uint16_t address;
  uint64_t value;
};

void check(const emulated::Chain& chain) {
  require(chain.readable.size() + chain.writable.size() <= emulated::kMaxSegments);
  const uint8_t* const start = memory().bytes(base::GuestAddress(0), kRam).data();
  for (const auto& list : {chain.readable, chain.writable})
    for (const std::span<uint8_t> bytes : list)
      require(!bytes.empty() && bytes.data() >= start && bytes.data() + bytes.size() <= start + kRam);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const uint64_t features = (data[0] & 1 ? emulated::kFeaturePackedRing : 0) |
                            (data[0] & 2 ? emulated::kFeatureEventIndex : 0) |
                            (data[0] & 4 ? emulated::kFeatureIndirect : 0);
  const emulated::QueueLayout layout{.size = static_cast<uint16_t>(data[1] % 65),
                                     .descriptors = base::GuestAddress(0),
                                     .driver = base::GuestAddress(0x400),
                                     .device = base::GuestAddress(0x600)};
  std::memset(memory().bytes(base::GuestAddress(0), kRam).data(), 0, 0x1000);
  const auto queue = emulated::make_virtqueue(memory(), layout, features);
  if (!queue) return 0;
  std::deque<emulated::ChainId> in_flight;
  data += 2, size -= 2;
  for (Step step; size >= sizeof step; data += sizeof step, size -= sizeof step) {
    std::memcpy(&step, data, sizeof step);
    const uint8_t what = step.what % 8;
    if (what == 0) {
      if (const auto chain = queue->pop()) {
        check(*chain);
        in_flight.push_back(chain->id);
      }
    } else if (what == 1 && !in_flight.empty()) {
      queue->complete(in_flight.front(), static_cast<uint32_t>(step.value));
      in_flight.pop_front();
    } else if (what == 2) {
      queue->publish();
    } else if (what == 3) {
      queue->want_doorbells((step.value & 1) != 0);
    } else if (what > 3) {
      const auto* const bytes = reinterpret_cast<const uint8_t*>(&step.value);
      memory().write(base::GuestAddress(step.address % 0x1000), {bytes, size_t{1} << step.width % 4});
    }
  }
  return 0;
}
