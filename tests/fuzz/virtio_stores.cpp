// A guest's stores into a virtio function's BAR and configuration space, of any width and in any order, while its loop
// serves.
#include <cstring>

#include "emulated/virtio/entropy_device.h"
#include "emulated/virtio/virtio_function.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "tests/fakes/run_loop.h"
#include "vmm/base/bits.h"

namespace {

using namespace vireo;

constexpr uint64_t kRam = 64 * base::kKiB;

struct Step {
  uint8_t what;  // 0: the loop, 1: configuration space, 2: RAM, 3: a bus reset, else: the BAR
  uint8_t width;
  uint16_t offset;
  uint64_t value;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const platform::GuestMemory kMemory(
      {{.range = *base::GuestRange::make(base::GuestAddress(0), kRam), .offset = 0}}, {});
  std::memset(kMemory.bytes(base::GuestAddress(0), kRam).data(), 0, kRam);
  fakes::FakeInterruptRouter router;
  platform::EventLoop loop;
  emulated::VirtioFunction function("rng", std::make_unique<emulated::EntropyDevice>(loop),
                                    {.memory = kMemory, .router = router, .loop = loop, .place = {.requester = 0x100}});
  for (Step step; size >= sizeof step; data += sizeof step, size -= sizeof step) {
    std::memcpy(&step, data, sizeof step);
    std::array<uint8_t, 8> bytes{};
    std::memcpy(bytes.data(), &step.value, bytes.size());
    const uint8_t what = step.what % 8;
    const size_t width = size_t{1} << step.width % 4;
    if (what == 0) fakes::run_once(loop);
    if (what == 1) {
      function.write_config(step.offset % 4096, static_cast<unsigned>(std::min<size_t>(width, 4)),
                            static_cast<uint32_t>(step.value));
      function.read_config(step.offset % 4096, 4);
    }
    if (what == 2) kMemory.write(base::GuestAddress(step.offset), std::span(bytes).first(width));
    if (what == 3) function.reset();
    if (what > 3) {
      function.write_bar(0, step.offset % emulated::kVirtioBarSize, std::span(bytes).first(width));
      function.read_bar(0, step.offset % emulated::kVirtioBarSize, std::span(bytes).first(width));
    }
  }
  return 0;
}
