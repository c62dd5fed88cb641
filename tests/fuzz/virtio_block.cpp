// A driver's requests of a block device, well formed or not, on a real file by a real io_uring.
#include <cstring>

#include "emulated/virtio/block_device.h"
#include "tests/fakes/fake_virtio_transport.h"
#include "tests/fakes/temporary_image.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace {

using namespace vireo;
using emulated::RingDriver;

constexpr uint64_t kSectors = 64;
constexpr uint16_t kQueueSize = 64;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

struct Step {
  uint8_t what;  // 0 to 3: a request; 4: one whose header is cut in two; 5: indirect; else: a store
  uint8_t type;
  uint16_t address;  // of the data: 64 bytes a step
  uint32_t length;
  uint64_t sector;
};
static_assert(sizeof(Step) == 16);

class Session {
 public:
  Session() {
    std::memset(memory_.bytes(base::GuestAddress(0), base::kMiB).data(), 0, RingDriver::kBuffers);
    device_.connect(transport_);
  }
  void add(const Step& step, unsigned n) {
    const uint64_t header = RingDriver::kBuffers + n % 256 * 32;
    const uint64_t data = uint64_t{step.address} * 64;
    const bool reads = step.type % 16 == 0 || step.type % 16 == 8;
    memory_.write_object(base::GuestAddress(header),
                         emulated::BlockHeader{.type = emulated::BlockType{step.type % 16u}, .sector = step.sector});
    memory_.write_object(base::GuestAddress(data), emulated::BlockExtent{step.sector, step.length, step.type / 16u});
    const RingDriver::Buffer payload{data, step.length % 0x12000, reads};
    const RingDriver::Buffer status{header + 16, 1, true};
    if (step.what == 4) return offer({{header, 7}, {header + 7, 9}, payload, status}, false);
    offer({{header, 16}, payload, status}, step.what == 5);
  }
  void store(const Step& step) {
    memory_.write(base::GuestAddress(RingDriver::kDescriptors + step.address),
                  {reinterpret_cast<const uint8_t*>(&step.sector), size_t{1} << step.type % 4});
  }
  void run(uint64_t features) {
    const auto ring = emulated::make_virtqueue(memory_, driver_.layout(), features);
    device_.start({.ring = *ring, .doorbell = doorbell_, .transport = transport_, .features = features});
    device_.stop(0);
    require(image_.size() == kSectors * emulated::kSectorSize && !image_.look_at_size());
  }

 private:
  void offer(const RingDriver::Buffers& buffers, bool indirect) {
    if (used_ + buffers.size() > kQueueSize) return;
    used_ += indirect ? 1 : buffers.size();
    indirect ? driver_.add_indirect(buffers) : driver_.add(buffers);
  }

  static const platform::GuestMemory memory_;
  static const fakes::TemporaryImage file_;
  static platform::EventLoop loop_;
  static emulated::DiskImage image_;
  static emulated::BlockDevice device_;
  static base::EventFd doorbell_;
  static fakes::FakeVirtioTransport transport_;
  emulated::SplitDriver driver_{memory_, kQueueSize};
  size_t used_ = 0;
};

const platform::GuestMemory Session::memory_({{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB),
                                               .offset = 0}},
                                             {});
const fakes::TemporaryImage Session::file_(kSectors);
platform::EventLoop Session::loop_;
emulated::DiskImage Session::image_({.path = file_.path()});
emulated::BlockDevice Session::device_(image_, {.name = "fuzz", .serial = "fuzz"}, loop_);
base::EventFd Session::doorbell_;
fakes::FakeVirtioTransport Session::transport_;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  Session session;
  const uint64_t features = (data[0] & 1 ? emulated::kFeatureEventIndex : 0) |
                            (data[0] & 2 ? emulated::kFeatureIndirect : 0) | (data[0] & 4 ? emulated::kBlockFlush : 0);
  ++data, --size;
  unsigned n = 0;
  for (Step step; size >= sizeof step; data += sizeof step, size -= sizeof step) {
    std::memcpy(&step, data, sizeof step);
    step.what %= 8;
    if (step.what < 6)
      session.add(step, n++);
    else
      session.store(step);
  }
  session.run(features);
  return 0;
}
