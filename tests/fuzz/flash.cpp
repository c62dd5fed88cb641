// A guest's loads and stores of any width and place on a flash, beside a flash without a slot that has them byte by
// byte: both answer and hold the same; a byte changes nothing but what NOR lets it; the slot is there in array mode
// only.
#include <algorithm>
#include <array>
#include <cstring>

#include "emulated/firmware/flash.h"
#include "tests/fakes/fake_memory_slots.h"
#include "vmm/base/bits.h"
#include "vmm/base/mapping.h"

namespace {

using namespace vireo;

constexpr uint64_t kSize = 3 * base::kPageSize;
constexpr base::GuestAddress kStart{0xffc00000};
constexpr uint64_t kBuffer = 256;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

struct Step {
  uint8_t what;  // 0: a load; 1: a store at any offset at all; else: a store in the flash or a little past its end
  uint8_t width;
  uint16_t offset;
  std::array<uint8_t, 8> bytes;
};
static_assert(sizeof(Step) == 12);

class RefusedSlots final : public platform::MemorySlots {
 public:
  bool map(base::GuestAddress, base::HostAddress, uint64_t, bool) noexcept override { return false; }
  void unmap(base::GuestAddress) noexcept override { require(false); }
  bool add_doorbell(const Doorbell&, const base::EventFd&) noexcept override { return false; }
  void remove_doorbell(const Doorbell&, const base::EventFd&) noexcept override {}
};

base::Mapping pattern() {
  base::Mapping mapping({.size = kSize}, "flash");
  for (uint64_t i = 0; i < kSize; ++i) mapping.data()[i] = static_cast<uint8_t>(i % 251 + 1);
  return mapping;
}

class Session {
 public:
  explicit Session(uint32_t block_size) : block_size_(block_size) {}
  ~Session() { require(std::equal(whole_.begin(), whole_.end(), bytes_.begin())); }

  void load(uint64_t offset, size_t width) {
    std::array<uint8_t, 8> whole{};
    flash_.read(offset, std::span(whole).first(width));
    for (size_t i = 0; i < width; ++i) {
      if (offset + i < offset) {
        require(whole[i] == 0xff);
        continue;
      }
      uint8_t byte = 0;
      twin_.read(offset + i, {&byte, 1});
      require(byte == whole[i] && (offset + i < kSize || byte == 0xff));
    }
  }

  void store(uint64_t offset, std::span<const uint8_t> data) {
    flash_.write(offset, data);
    for (size_t i = 0; i < data.size() && offset + i >= offset; ++i) store_byte(offset + i, data[i]);
    require(std::equal(whole_.begin(), whole_.end(), bytes_.begin()));
    check_slot();
  }

 private:
  void store_byte(uint64_t offset, uint8_t value) {
    std::copy(bytes_.begin(), bytes_.end(), before_.begin());
    twin_.write(offset, {&value, 1});
    if (std::equal(bytes_.begin(), bytes_.end(), before_.begin())) return;
    uint64_t first = 0;
    while (bytes_[first] == before_[first]) ++first;
    uint64_t last = kSize - 1;
    while (bytes_[last] == before_[last]) --last;
    require(offset < kSize);
    if (first == offset && last == offset && bytes_[offset] == value) return;
    require(value == 0xd0);
    if (first / kBuffer == last / kBuffer) return;
    const uint64_t block = base::align_down(offset, block_size_);
    const uint64_t end = std::min(kSize, block + block_size_);
    require(block <= first && last < end);
    require(std::all_of(bytes_.begin() + block, bytes_.begin() + end, [](uint8_t byte) { return byte == 0xff; }));
  }

  // Whether the device shows its array from 0 on, as far as `size`.
  bool shows_array(uint64_t size) {
    flash_.read(0, std::span(shown_).first(size));
    return std::equal(whole_.begin(), whole_.begin() + size, shown_.begin());
  }

  // A few bytes may be the same in another mode, but no input has stores enough to make all of them so.
  void check_slot() {
    const bool mapped = !slots_.mapped.empty();
    require(shows_array(64) == mapped || shows_array(kSize) == mapped);
    if (!mapped) return;
    const auto& [start, slot] = *slots_.mapped.begin();
    require(slots_.mapped.size() == 1 && start == kStart.value());
    require(slot.size == kSize && slot.host == base::host_address(whole_.data()).value());
  }

  const uint32_t block_size_;
  base::Mapping one_ = pattern();
  base::Mapping two_ = pattern();
  const std::span<uint8_t> whole_{one_.data(), kSize};
  const std::span<uint8_t> bytes_{two_.data(), kSize};
  fakes::FakeMemorySlots slots_;
  RefusedSlots refused_;
  emulated::Flash flash_{whole_, kStart, slots_, block_size_};
  emulated::Flash twin_{bytes_, kStart, refused_, block_size_};
  std::array<uint8_t, kSize> before_{};
  std::array<uint8_t, kSize> shown_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  Session session(256u << data[0] % 8);  // to 32 KiB, more than there is
  ++data, --size;
  for (Step step; size >= sizeof step; data += sizeof step, size -= sizeof step) {
    std::memcpy(&step, data, sizeof step);
    const uint64_t offset = step.what % 8 == 1 ? ~uint64_t{step.offset} : step.offset % (kSize + 8);
    const size_t width = step.width % 8 + 1;
    if (step.what % 8 > 0) session.store(offset, std::span(step.bytes).first(width));
    session.load(offset, width);
  }
  return 0;
}
