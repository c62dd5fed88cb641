// A NIC of two pairs of queues: frames, buffers for them and commands of a driver's, well formed or not, and what the
// other sides of its two stream sockets say.
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "emulated/virtio/net_device.h"
#include "emulated/virtio/net_queues.h"
#include "tests/fakes/fake_virtio_transport.h"
#include "tests/fakes/run_loop.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"
#include "vmm/base/log.h"

namespace {

using namespace vireo;
using emulated::RingDriver;

constexpr unsigned kPairs = 2;
constexpr unsigned kQueues = emulated::net_queues(kPairs);
constexpr uint16_t kQueueSize = 16;

struct Step {
  uint8_t what;  // 0 to 4: a queue's; 5: a frame comes; 6: bytes of none come; 7: the other side hangs up
  uint8_t flags;
  uint16_t address;  // 8 bytes a step
  uint32_t length;
  uint64_t content;
};
static_assert(sizeof(Step) == 16);

class Session {
 public:
  explicit Session(uint64_t features) {
    device_ = std::make_unique<emulated::NetDevice>(make_pairs(),
                                                    emulated::NetSettings{.name = "fuzz", .pairs = kPairs}, loop_);
    device_->connect(transport_);
    for (unsigned i = 0; i < kQueues; ++i) {
      std::memset(memory_[i].bytes(base::GuestAddress(0), base::kMiB).data(), 0, RingDriver::kBuffers);
      drivers_.push_back(std::make_unique<emulated::SplitDriver>(memory_[i], kQueueSize));
      rings_.push_back(emulated::make_virtqueue(memory_[i], drivers_[i]->layout(), features));
      device_->start(
          {.index = i, .ring = *rings_[i], .doorbell = doorbells_[i], .transport = transport_, .features = features});
    }
  }
  ~Session() {
    for (unsigned i = 0; i < kQueues; ++i) device_->stop(i);
    fakes::run_once(loop_);
  }
  void obey(const Step& step) {
    const unsigned what = step.what % 8;
    if (what < kQueues) offer(what, step);
    if (what == 5) say(step, step.length % 0x3000);
    if (what == 6) say(step, static_cast<uint32_t>(step.content));
    if (what == 7) others_[step.flags % kPairs].close();
    fakes::run_once(loop_);
    listen();
  }

 private:
  std::vector<std::unique_ptr<emulated::NetPair>> make_pairs() {
    std::vector<std::unique_ptr<emulated::NetPair>> pairs;
    for (base::Fd& other : others_) {
      int ends[2];
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) __builtin_trap();
      other = base::Fd(ends[1]);
      pairs.push_back(std::make_unique<emulated::NetQueues>(loop_, emulated::make_stream(base::Fd(ends[0])), "fuzz"));
    }
    return pairs;
  }
  void offer(unsigned queue, const Step& step) {
    if (used_[queue] + 2 > kQueueSize) return;
    used_[queue] += 2;
    const uint64_t address = RingDriver::kBuffers + uint64_t{step.address} * 8 % 0x40000;
    memory_[queue].write_object(base::GuestAddress(address), step.content);
    const bool write = (queue % 2 == 0 && queue != kQueues - 1) != ((step.flags & 7) == 7);
    const uint32_t first = step.flags & 8 ? 2 : 12;
    const bool answered = queue == kQueues - 1 || (step.flags & 16) != 0;
    drivers_[queue]->add({{address, first, write}, {address + first, step.length % 0x14000, write != answered}});
    doorbells_[queue].signal();
  }
  // prefix: how long the frame is said to be.
  void say(const Step& step, uint32_t prefix) const {
    const base::Fd& other = others_[step.flags % kPairs];
    if (!other) return;
    std::string text(4 + step.length % 0x3000, static_cast<char>(step.content));
    for (unsigned i = 0; i < 4; ++i) text[i] = static_cast<char>(prefix >> (24 - 8 * i));
    ::send(other.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  // So that no send waits for room.
  void listen() const {
    static std::array<char, 0x20000> heard;
    for (const base::Fd& other : others_)
      while (other && ::recv(other.get(), heard.data(), heard.size(), MSG_DONTWAIT) > 0) continue;
  }

  static platform::GuestMemory make_memory() {
    return {{{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}}, {}};
  }
  static const std::array<platform::GuestMemory, kQueues> memory_;
  static platform::EventLoop loop_;
  static std::array<base::EventFd, kQueues> doorbells_;
  static fakes::FakeVirtioTransport transport_;
  std::array<base::Fd, kPairs> others_;
  std::unique_ptr<emulated::NetDevice> device_;
  std::vector<std::unique_ptr<emulated::SplitDriver>> drivers_;
  std::vector<std::unique_ptr<emulated::Virtqueue>> rings_;
  std::array<unsigned, kQueues> used_ = {};
};

const std::array<platform::GuestMemory, kQueues> Session::memory_{make_memory(), make_memory(), make_memory(),
                                                                  make_memory(), make_memory()};
platform::EventLoop Session::loop_;
std::array<base::EventFd, kQueues> Session::doorbells_;
fakes::FakeVirtioTransport Session::transport_;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  spdlog::set_level(spdlog::level::off);  // hanging up is told each time
  Session session(emulated::kNetControl | emulated::kNetMultiqueue | (data[0] & 1 ? emulated::kNetMergeable : 0) |
                  (data[0] & 2 ? emulated::kFeatureEventIndex : 0));
  ++data, --size;
  for (Step step; size >= sizeof step; data += sizeof step, size -= sizeof step) {
    std::memcpy(&step, data, sizeof step);
    session.obey(step);
  }
  return 0;
}
