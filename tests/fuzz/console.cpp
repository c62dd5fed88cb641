// A driver's messages, output and buffers for input of a console, well formed or not, on a real socket and a real file.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "emulated/virtio/console_device.h"
#include "tests/fakes/fake_virtio_transport.h"
#include "tests/fakes/run_loop.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace {

using namespace vireo;
using emulated::RingDriver;

constexpr uint16_t kQueueSize = 16;
constexpr unsigned kQueues = 6;
const std::string kSocket = "/tmp/vireo-fuzz-console." + std::to_string(::getpid());

struct Step {
  uint8_t queue;  // 0 to 5; 6: the client talks; 7: it comes or goes
  uint8_t flags;
  uint16_t address;  // 16 bytes a step
  uint32_t length;
  uint32_t port;  // of a control message
  uint16_t event;
  uint16_t value;
};
static_assert(sizeof(Step) == 16);

class Session {
 public:
  explicit Session(uint64_t features) {
    for (unsigned i = 0; i < kQueues; ++i) {
      std::memset(memory_[i].bytes(base::GuestAddress(0), base::kMiB).data(), 0, RingDriver::kBuffers);
      drivers_.push_back(std::make_unique<emulated::SplitDriver>(memory_[i], kQueueSize));
      rings_.push_back(emulated::make_virtqueue(memory_[i], drivers_[i]->layout(), features));
      device_.start(
          {.index = i, .ring = *rings_[i], .doorbell = doorbells_[i], .transport = transport_, .features = features});
    }
  }
  ~Session() {
    for (unsigned i = 0; i < kQueues; ++i) device_.stop(i);
    fakes::run_once(loop_);
  }
  void obey(const Step& step) {
    if (step.queue % 8 == 6) talk(step);
    if (step.queue % 8 == 7) meet();
    if (step.queue % 8 < kQueues) offer(step.queue % 8, step);
    fakes::run_once(loop_);
  }

 private:
  void offer(unsigned queue, const Step& step) {
    if (used_[queue] + 2 > kQueueSize) return;
    used_[queue] += 2;
    const uint64_t address = RingDriver::kBuffers + uint64_t{step.address} * 8 % 0x40000;
    const emulated::ConsoleControl control{
        .port = step.port % 4, .event = static_cast<emulated::ConsoleEvent>(step.event % 9), .value = step.value};
    memory_[queue].write_object(base::GuestAddress(address), control);
    const bool write = (queue % 2 == 0) != ((step.flags & 7) == 7);
    const uint32_t first = step.flags & 8 ? 3 : 8;
    drivers_[queue]->add({{address, first, write}, {address + first, step.length % 0x3000, write}});
    doorbells_[queue].signal();
  }
  void talk(const Step& step) {
    const std::string text(step.length % 0x1000 + 1, 'x');
    if (client_) ::send(client_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  void meet() {
    if (client_) return client_.close();
    client_ = base::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    kSocket.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(client_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) client_.close();
  }

  static platform::GuestMemory make_memory() {
    return {{{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}}, {}};
  }
  static const std::array<platform::GuestMemory, kQueues> memory_;
  static platform::EventLoop loop_;
  static emulated::ConsoleDevice device_;
  static std::array<base::EventFd, kQueues> doorbells_;
  static fakes::FakeVirtioTransport transport_;
  std::vector<std::unique_ptr<emulated::SplitDriver>> drivers_;
  std::vector<std::unique_ptr<emulated::Virtqueue>> rings_;
  std::array<unsigned, kQueues> used_ = {};
  base::Fd client_;
};

const std::array<platform::GuestMemory, kQueues> Session::memory_{make_memory(), make_memory(), make_memory(),
                                                                  make_memory(), make_memory(), make_memory()};
platform::EventLoop Session::loop_;
emulated::ConsoleDevice Session::device_({{.socket = kSocket}, {.name = "log", .file = "/tmp/vireo-fuzz-console.log"}},
                                         loop_);
std::array<base::EventFd, kQueues> Session::doorbells_;
fakes::FakeVirtioTransport Session::transport_;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  Session session((data[0] & 1 ? emulated::kConsoleMultiport : 0) | (data[0] & 2 ? emulated::kFeatureEventIndex : 0));
  ++data, --size;
  for (Step step; size >= sizeof step; data += sizeof step, size -= sizeof step) {
    std::memcpy(&step, data, sizeof step);
    session.obey(step);
  }
  return 0;
}
