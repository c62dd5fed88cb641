// A guest's loads, stores and DMA requests on fw_cfg, and requests that it makes of what it was given, beside a model
// that has the specification's rules: each byte loaded is the model's, and after each store guest memory is what the
// model says, so that nothing but a request's target and control field ever changes.
#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "emulated/firmware/fw_cfg.h"
#include "vmm/base/bits.h"

namespace {

using namespace vireo;

using Bytes = std::vector<uint8_t>;

// RAM with a hole: [0, kHole) and [kHoleEnd, kEnd).
constexpr uint64_t kHole = 0x2000;
constexpr uint64_t kHoleEnd = 0x3000;
constexpr uint64_t kEnd = 0x5000;
constexpr uint16_t kMade = 0x22;  // the file whose content is made
constexpr uint64_t kDmaPort = 4;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

base::GuestRange range(uint64_t start, uint64_t end) {
  return *base::GuestRange::make(base::GuestAddress(start), end - start);
}

// What the made file's n-th making gives: now and then nothing, or another size.
Bytes made(unsigned n) {
  if (n % 4 == 3) throw std::runtime_error("cannot be made");
  return Bytes(n % 4 == 2 ? 9 : 8, static_cast<uint8_t>(n));
}

struct Step {
  uint8_t what;  // 0, 1: a request by one store, or by two; 2: a store; 3: a load; 4: a store to guest memory
  uint8_t width;
  uint16_t place;
  uint32_t control;
  uint32_t length;
  uint32_t unused;
  uint64_t address;  // of the request's target; or what is stored
};
static_assert(sizeof(Step) == 24);

// QEMU docs/specs/fw_cfg.rst, byte by byte.
class Model {
 public:
  explicit Model(std::map<uint16_t, Bytes> items) : items_(std::move(items)), memory_(kEnd) {
    for (uint64_t i = 0; i < kEnd; ++i) memory_[i] = static_cast<uint8_t>(i % 251);
  }
  void select(uint16_t key) {
    key_ = key;
    position_ = 0;
    if (key != kMade) return;
    try {
      Bytes content = made(makings_++);
      if (content.size() == items_.at(key).size()) items_.at(key) = std::move(content);
    } catch (const std::runtime_error&) {
    }
  }
  uint8_t next() {
    const auto item = items_.find(key_);
    if (item == items_.end() || position_ >= item->second.size()) return 0;
    return item->second[position_++];
  }
  void request(uint64_t at) {
    if (!is_ram(at, 16)) return;
    const auto control = static_cast<uint32_t>(number(at, 4));
    const auto length = static_cast<uint32_t>(number(at + 4, 4));
    const uint64_t target = number(at + 8, 8);
    if ((control & 8) != 0) select(static_cast<uint16_t>(control >> 16));
    const bool good = (control & 18) != 16 && ((control & 2) == 0 || length == 0 || is_ram(target, length));
    if (good && (control & 2) != 0)
      for (uint64_t i = 0; i < length; ++i) memory_[target + i] = next();
    else if (good && (control & 4) != 0)
      position_ += length;
    put(at, good ? 0 : 1);
  }
  // Big-endian, 4 bytes.
  void put(uint64_t at, uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) memory_[at + i] = static_cast<uint8_t>(value >> (24 - 8 * i));
  }
  static bool is_ram(uint64_t at, uint64_t size) {
    const uint64_t end = at < kHole ? kHole : at >= kHoleEnd && at < kEnd ? kEnd : at;
    return size <= end - at;
  }
  uint8_t* at(uint64_t address) { return &memory_[address]; }
  unsigned makings() const { return makings_; }

 private:
  uint64_t number(uint64_t at, unsigned width) const {
    uint64_t value = 0;
    for (unsigned i = 0; i < width; ++i) value = value << 8 | memory_[at + i];
    return value;
  }
  std::map<uint16_t, Bytes> items_;
  Bytes memory_;  // the hole too: nothing is written there
  uint16_t key_ = 0xffff;
  uint64_t position_ = 0;
  unsigned makings_ = 0;
};

class Session {
 public:
  Session() {
    std::memcpy(low_.data(), model_.at(0), low_.size());
    std::memcpy(high_.data(), model_.at(kHoleEnd), high_.size());
    device_.add(emulated::FwCfg::Key::kCpus, {4, 0});
    device_.add_file("a", {'h', 'e', 'l', 'l', 'o'});
    device_.add_file("large", Bytes(700, 0x77));
    device_.add_file("made", Bytes(8), [this] { return made(makings_++); });
  }
  void obey(const Step& step) {
    const uint64_t place = step.place % kEnd;
    if (step.what < 2)
      request(place, step);
    else if (step.what == 2)
      store(step.place % 16, step.address, step.width % 8 + 1);
    else if (step.what == 3)
      load(step.place % 16, step.width % 8 + 1);
    else if (Model::is_ram(place, 8))
      poke(place, step.address);
    require(makings_ == model_.makings());
  }

 private:
  // In guest memory where there is any, and carried out in any case.
  void request(uint64_t place, const Step& step) {
    const uint64_t target = step.unused % 8 == 0 ? step.address : step.address % kEnd;
    if (Model::is_ram(place, 16)) {
      poke(place, __builtin_bswap64(uint64_t{step.control} << 32 | step.length));
      poke(place + 8, __builtin_bswap64(target));
    }
    const uint64_t address = __builtin_bswap64(step.unused % 8 == 1 ? ~place : place);
    if (step.what == 0) return store(kDmaPort, address, 8);
    store(kDmaPort, address, 4);
    store(kDmaPort + 4, address >> 32, 4);
  }
  void poke(uint64_t place, uint64_t value) {
    require(memory_.write_object(base::GuestAddress(place), value));
    std::memcpy(model_.at(place), &value, sizeof value);
  }
  void store(uint64_t offset, uint64_t value, size_t width) {
    device_.write(offset, {reinterpret_cast<const uint8_t*>(&value), width});
    const auto stored = __builtin_bswap64(value);  // its upper bytes are those that the store has first
    if (offset == 0 && width == 2) model_.select(static_cast<uint16_t>(value));
    if (offset == kDmaPort && width == 4) upper_ = stored >> 32;
    if (offset == kDmaPort && width == 8) start(stored);
    if (offset == kDmaPort + 4 && width == 4) start(upper_ << 32 | stored >> 32);
    require(std::equal(low_.begin(), low_.end(), model_.at(0)));
    require(std::equal(high_.begin(), high_.end(), model_.at(kHoleEnd)));
  }
  void start(uint64_t address) {
    upper_ = 0;
    model_.request(address);
  }
  void load(uint64_t offset, size_t width) {
    constexpr std::string_view kSignature = "QEMU CFG";
    std::array<uint8_t, 8> data{};
    device_.read(offset, std::span(data).first(width));
    for (size_t i = 0; i < width; ++i) {
      const uint64_t at = offset + i;
      const bool dma = at >= kDmaPort && at < kDmaPort + kSignature.size();
      require(data[i] == (at == 1 ? model_.next() : dma ? static_cast<uint8_t>(kSignature[at - kDmaPort]) : 0));
    }
  }
  static std::map<uint16_t, Bytes> items() {
    Bytes list{0, 0, 0, 3};
    const auto entry = [&list](uint16_t size, uint8_t key, std::string_view name) {
      const std::array<uint8_t, 8> numbers{0, 0, static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size), 0, key};
      list.insert(list.end(), numbers.begin(), numbers.end());
      list.insert(list.end(), name.begin(), name.end());
      list.resize(list.size() + 56 - name.size());
    };
    entry(5, 0x20, "a");
    entry(700, 0x21, "large");
    entry(8, 0x22, "made");
    return {{0, {'Q', 'E', 'M', 'U'}},         {1, {3, 0, 0, 0}},        {5, {4, 0}},      {0x19, list},
            {0x20, {'h', 'e', 'l', 'l', 'o'}}, {0x21, Bytes(700, 0x77)}, {kMade, Bytes(8)}};
  }

  static const platform::GuestMemory memory_;
  const std::span<uint8_t> low_ = memory_.bytes(base::GuestAddress(0), kHole);
  const std::span<uint8_t> high_ = memory_.bytes(base::GuestAddress(kHoleEnd), kEnd - kHoleEnd);
  unsigned makings_ = 0;
  Model model_{items()};
  emulated::FwCfg device_{memory_};
  uint64_t upper_ = 0;
};

const platform::GuestMemory Session::memory_({{.range = range(0, kHole), .offset = 0},
                                              {.range = range(kHoleEnd, kEnd), .offset = kHole}},
                                             {});

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Session session;
  for (Step step; size >= sizeof step; data += sizeof step, size -= sizeof step) {
    std::memcpy(&step, data, sizeof step);
    step.what %= 5;
    session.obey(step);
  }
  return 0;
}
