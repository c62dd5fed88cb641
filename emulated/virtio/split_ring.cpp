#include "emulated/virtio/split_ring.h"

#include <utility>

namespace vireo::emulated {
namespace {

// virtio 1.2 2.7.5.
struct RawDescriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};
static_assert(sizeof(RawDescriptor) == 16);

// virtio 1.2 2.7.6, 2.7.8: flags, index, then the ring, then the event index.
constexpr uint64_t kFlags = 0;
constexpr uint64_t kIndex = 2;
constexpr uint64_t kRing = 4;
constexpr uint16_t kNoInterrupt = 1;
constexpr uint16_t kNoDoorbell = 1;

struct UsedElement {
  uint32_t id;
  uint32_t length;
};

constexpr uint64_t available_at(unsigned index) {
  return kRing + uint64_t{index} * sizeof(uint16_t);
}
constexpr uint64_t used_at(unsigned index) {
  return kRing + uint64_t{index} * sizeof(UsedElement);
}

}  // namespace

std::unique_ptr<SplitRing> SplitRing::make(const platform::GuestMemory& memory, const QueueLayout& layout,
                                           uint64_t features) {
  const bool events = (features & kFeatureEventIndex) != 0;
  const uint64_t event = events ? sizeof(uint16_t) : 0;
  const auto table = RingMemory::make(memory, layout.descriptors, uint64_t{layout.size} * sizeof(RawDescriptor), 16);
  const auto available = RingMemory::make(memory, layout.driver, available_at(layout.size) + event, 2);
  const auto used = RingMemory::make(memory, layout.device, used_at(layout.size) + event, 4);
  if (!table || !available || !used) return nullptr;
  return std::unique_ptr<SplitRing>(
      new SplitRing(memory, layout.size, features, {.descriptors = *table, .available = *available, .used = *used}));
}

Virtqueue::Take SplitRing::take(ChainId& id) noexcept {
  const uint16_t index = parts_.available.load_acquire(kIndex);
  const auto waiting = static_cast<uint16_t>(index - next_available_);
  if (waiting == 0) return Take::kNothing;
  if (waiting > size()) return Take::kBroken;
  id.id = parts_.available.copy<uint16_t>(available_at(next_available_ % size()));
  ++next_available_;
  if (id.id >= size()) return Take::kBroken;
  id.descriptors = walk(parts_.descriptors, size(), id.id, false);
  return id.descriptors == 0 ? Take::kBroken : Take::kChain;
}

// At most as many steps as the table has entries: a chain that takes more loops.
uint16_t SplitRing::walk(const RingMemory& table, unsigned entries, uint16_t first, bool indirect) noexcept {
  unsigned index = first;
  for (unsigned steps = 1; steps <= entries; ++steps) {
    const auto raw = table.copy<RawDescriptor>(uint64_t{index} * sizeof(RawDescriptor));
    const Descriptor descriptor = Descriptor::make(raw.address, raw.length, raw.flags);
    if (descriptor.indirect)
      return !indirect && follow_indirect(descriptor) ? static_cast<uint16_t>(steps) : uint16_t{0};
    if (!add(descriptor)) return 0;
    if (!descriptor.next) return static_cast<uint16_t>(steps);
    if (raw.next >= entries) return 0;
    index = raw.next;
  }
  return 0;
}

// A table need not be aligned: it is copied from, by bytes.
bool SplitRing::follow_indirect(const Descriptor& descriptor) noexcept {
  const auto table = indirect_table(descriptor);
  return table && walk(RingMemory::at(table->data()), descriptor.length / sizeof(RawDescriptor), 0, true) != 0;
}

void SplitRing::put(ChainId id, uint32_t written) noexcept {
  parts_.used.store(used_at(used_index_ % size()), UsedElement{.id = id.id, .length = written});
  ++used_index_;
}

// virtio 1.2 2.7.7.1, 2.7.10.1. The driver sets what it wants and then looks at the index again; we store the index and
// then look at what it wants.
bool SplitRing::publish() noexcept {
  if (used_index_ == published_) return false;
  const uint16_t before = std::exchange(published_, used_index_);
  parts_.used.store_release(kIndex, used_index_);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!has(kFeatureEventIndex)) return (parts_.available.load_acquire(kFlags) & kNoInterrupt) == 0;
  return passed(parts_.available.load_acquire(available_at(size())), before, used_index_);
}

// virtio 1.2 2.7.10, 2.7.10.2. An event index that lags tells the driver that nobody waits.
bool SplitRing::want_doorbells(bool wanted) noexcept {
  if (has(kFeatureEventIndex)) {
    if (wanted) parts_.used.store_release(used_at(size()), next_available_);
  } else {
    parts_.used.store_release(kFlags, wanted ? 0 : kNoDoorbell);
  }
  if (!wanted) return false;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return parts_.available.load_acquire(kIndex) != next_available_;
}

}  // namespace vireo::emulated
