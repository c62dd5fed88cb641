// A driver's commands and register stores of an NVMe controller, well formed or not, on a real file by a real io_uring.
#include <cstring>

#include "emulated/nvme/nvme_function.h"
#include "pci/standard.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "tests/fakes/temporary_image.h"
#include "vmm/base/bits.h"

namespace {

using namespace vireo;
using emulated::nvme::Command;
using emulated::nvme::Reg;

constexpr uint64_t kSectors = 64;
constexpr uint64_t kSubmissions = 0x1000;  // the admin queue's, two more, and their completions: a page each
constexpr uint64_t kCompletions = 0x4000;
constexpr uint64_t kShadows = 0x8000;
constexpr uint64_t kEvents = 0x9000;
constexpr uint32_t kEntries = 16;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

struct Step {
  uint8_t what;  // 0 to 2: a command of that queue; 3: a store to guest memory; else: one to the BAR
  uint8_t opcode;
  uint16_t address;  // 64 bytes a step; in the BAR: bytes
  uint32_t low;
  uint32_t high;
  uint32_t more;
};
static_assert(sizeof(Step) == 16);

class Session {
 public:
  explicit Session(bool shadows) : shadows_(shadows) {
    std::memset(memory_.bytes(base::GuestAddress(0), base::kMiB).data(), 0, 0x10000);
    function_.reset();
    function_.write_config(pci::kCommand, 2, pci::kCommandMemory | pci::kCommandBusMaster);
    store(static_cast<uint64_t>(Reg::kAdminQueueSizes), (kEntries - 1) << 16 | (kEntries - 1), 4);
    store(static_cast<uint64_t>(Reg::kAdminSubmission), kSubmissions, 8);
    store(static_cast<uint64_t>(Reg::kAdminCompletion), kCompletions, 8);
    store(static_cast<uint64_t>(Reg::kConfiguration), 1 | 6 << 16 | 4 << 20, 4);
    for (uint32_t id = 1; id <= 2; ++id) {
      add(0, {.opcode = 5,
              .prp1 = kCompletions + 0x1000 * uint64_t{id},
              .dwords = {(kEntries - 1) << 16 | id, id << 16 | 3}});
      add(0, {.opcode = 1,
              .prp1 = kSubmissions + 0x1000 * uint64_t{id},
              .dwords = {(kEntries - 1) << 16 | id, id << 16 | 1}});
    }
    if (shadows_) add(0, {.opcode = 0x7c, .prp1 = kShadows, .prp2 = kEvents});
  }
  ~Session() {
    function_.reset();
    require(image_.size() == kSectors * emulated::kSectorSize && !image_.look_at_size());
  }
  void obey(const Step& step) {
    const uint64_t place = uint64_t{step.address} * 64;
    const uint64_t value = step.low | uint64_t{step.high} << 32;
    if (step.what < 3)
      return add(step.what, {.opcode = step.opcode,
                             .flags = static_cast<uint8_t>(step.more >> 30 == 3 ? step.more >> 24 : 0),
                             .name_space = step.more >> 28 == 1 ? step.more : 1,
                             .prp1 = place,
                             .prp2 = step.more % 0x110000 & ~uint64_t{0x7ff},
                             .dwords = {step.low, step.high, step.more, step.high, step.low, step.more}});
    if (step.what == 3)
      memory_.write_object(base::GuestAddress(place), value);
    else
      store(step.address % emulated::nvme::kBarSize, value, size_t{1} << step.opcode % 4);
  }

 private:
  void store(uint64_t offset, uint64_t value, size_t size) {
    function_.write_bar(0, offset, {reinterpret_cast<const uint8_t*>(&value), size});
    std::array<uint8_t, 8> bytes;
    function_.read_bar(0, offset, std::span(bytes).first(size));
  }
  // The completions are taken at once, as far as the queue knows.
  void add(unsigned queue, const Command& command) {
    memory_.write_object(base::GuestAddress(kSubmissions + 0x1000 * queue + 64 * tails_[queue]), command);
    tails_[queue] = (tails_[queue] + 1) % kEntries;
    memory_.write_object(base::GuestAddress(kShadows + 8 * queue), tails_[queue]);
    memory_.write_object(base::GuestAddress(kShadows + 8 * queue + 4), tails_[queue]);
    const auto bells = function_.doorbells(0);
    if (queue != 0 && !bells.empty()) return bells[queue - 1].event->signal();
    store(emulated::nvme::kDoorbells + 8 * queue, tails_[queue], 4);
    store(emulated::nvme::kDoorbells + 8 * queue + 4, tails_[queue], 4);
  }

  static const platform::GuestMemory memory_;
  static const fakes::TemporaryImage file_;
  static platform::EventLoop loop_;
  static fakes::FakeInterruptRouter router_;
  static emulated::DiskImage image_;
  static emulated::NvmeFunction function_;
  bool shadows_;
  std::array<uint32_t, 3> tails_ = {};
};

const platform::GuestMemory Session::memory_({{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB),
                                               .offset = 0}},
                                             {});
const fakes::TemporaryImage Session::file_(kSectors);
platform::EventLoop Session::loop_;
fakes::FakeInterruptRouter Session::router_;
emulated::DiskImage Session::image_({.path = file_.path()});
emulated::NvmeFunction Session::function_("fuzz", image_, {.name = "fuzz", .serial = "fuzz", .queues = 2}, {2},
                                          {.memory = memory_, .router = router_, .loop = loop_});

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  Session session((data[0] & 1) != 0);
  ++data, --size;
  for (Step step; size >= sizeof step; data += sizeof step, size -= sizeof step) {
    std::memcpy(&step, data, sizeof step);
    step.what %= 6;
    session.obey(step);
  }
  return 0;
}
