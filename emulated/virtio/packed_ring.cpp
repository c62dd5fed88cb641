#include "emulated/virtio/packed_ring.h"

#include <cstddef>
#include <utility>

namespace vireo::emulated {
namespace {

// virtio 1.2 2.8.13.
struct RawDescriptor {
  uint64_t address;
  uint32_t length;
  uint16_t id;
  uint16_t flags;
};
static_assert(sizeof(RawDescriptor) == 16);
constexpr uint64_t kDescriptorFlags = 14;
constexpr uint16_t kAvailable = 1 << 7;
constexpr uint16_t kUsed = 1 << 15;

// virtio 1.2 2.8.14: a position with its wrap counter, then what is wanted.
constexpr uint64_t kEventPosition = 0;
constexpr uint64_t kEventFlags = 2;
constexpr uint64_t kEventsSize = 4;
constexpr uint16_t kAlways = 0;
constexpr uint16_t kNever = 1;
constexpr uint16_t kAtPosition = 2;

constexpr uint64_t at(uint16_t index) {
  return uint64_t{index} * sizeof(RawDescriptor);
}

}  // namespace

std::unique_ptr<PackedRing> PackedRing::make(const platform::GuestMemory& memory, const QueueLayout& layout,
                                             uint64_t features) {
  const auto descriptors = RingMemory::make(memory, layout.descriptors, at(layout.size), 16);
  const auto driver = RingMemory::make(memory, layout.driver, kEventsSize, 4);
  const auto device = RingMemory::make(memory, layout.device, kEventsSize, 4);
  if (!descriptors || !driver || !device) return nullptr;
  return std::unique_ptr<PackedRing>(
      new PackedRing(memory, layout.size, features,
                     {.descriptors = *descriptors, .driver_events = *driver, .device_events = *device}));
}

// virtio 1.2 2.8.1: available means that the driver's bit is as the wrap counter, the device's is not.
bool PackedRing::available(const Position& position) const noexcept {
  const uint16_t flags = parts_.descriptors.load_acquire(at(position.index) + kDescriptorFlags);
  return ((flags & kAvailable) != 0) == position.wrap && ((flags & kUsed) != 0) != position.wrap;
}

void PackedRing::advance(Position& position, uint16_t by) const noexcept {
  const unsigned index = position.index + by;
  if (index >= size()) position.wrap = !position.wrap;
  position.index = static_cast<uint16_t>(index >= size() ? index - size() : index);
}

Virtqueue::Take PackedRing::take(ChainId& id) noexcept {
  if (!available(next_)) return Take::kNothing;
  while (id.descriptors < size()) {
    const auto raw = parts_.descriptors.copy<RawDescriptor>(at(next_.index));
    const Descriptor descriptor = Descriptor::make(raw.address, raw.length, raw.flags);
    advance(next_, 1);
    ++id.descriptors;
    id.id = raw.id;  // the last one's is the chain's
    if (!(descriptor.indirect ? add_indirect(descriptor) : add(descriptor))) return Take::kBroken;
    if (!descriptor.next) return Take::kChain;
  }
  return Take::kBroken;
}

// virtio 1.2 2.8.8: as many as its length says, in order; of the flags only the direction counts.
bool PackedRing::add_indirect(const Descriptor& descriptor) noexcept {
  const auto bytes = indirect_table(descriptor);
  if (!bytes) return false;
  const RingMemory table = RingMemory::at(bytes->data());
  for (uint64_t offset = 0; offset < descriptor.length; offset += sizeof(RawDescriptor)) {
    const auto raw = table.copy<RawDescriptor>(offset);
    if (!add({.address = raw.address, .length = raw.length, .write = (raw.flags & Descriptor::kWrite) != 0}))
      return false;
  }
  return true;
}

// virtio 1.2 2.8.6.1: the flags last, both bits as the wrap counter.
void PackedRing::put(ChainId id, uint32_t written) noexcept {
  const uint64_t offset = at(used_.index);
  parts_.descriptors.store(offset + offsetof(RawDescriptor, length), written);
  parts_.descriptors.store(offset + offsetof(RawDescriptor, id), id.id);
  const auto flags =
      static_cast<uint16_t>((used_.wrap ? kAvailable | kUsed : 0) | (written != 0 ? Descriptor::kWrite : 0));
  parts_.descriptors.store_release(offset + kDescriptorFlags, flags);
  advance(used_, id.descriptors);
  unpublished_ += id.descriptors;
}

// virtio 1.2 2.8.10, 2.8.14.
bool PackedRing::publish() noexcept {
  const unsigned put = std::exchange(unpublished_, 0);
  if (put == 0) return false;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const uint16_t wanted = parts_.driver_events.load_acquire(kEventFlags) & 3;
  // A whole round has passed every position.
  if (wanted != kAtPosition || !has(kFeatureEventIndex) || put >= size()) return wanted != kNever;
  const uint16_t event = parts_.driver_events.load_acquire(kEventPosition);
  // Counted from the start of this round; what was before it is negative.
  const bool this_round = ((event >> 15) != 0) == used_.wrap;
  const auto position = static_cast<uint16_t>((event & 0x7fff) - (this_round ? 0 : size()));
  return passed(position, static_cast<uint16_t>(used_.index - put), used_.index);
}

bool PackedRing::want_doorbells(bool wanted) noexcept {
  const bool at_position = wanted && has(kFeatureEventIndex);
  if (at_position)
    parts_.device_events.store(kEventPosition, static_cast<uint16_t>(next_.index | (next_.wrap ? 1 << 15 : 0)));
  parts_.device_events.store_release(kEventFlags, !wanted ? kNever : at_position ? kAtPosition : kAlways);
  if (!wanted) return false;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return available(next_);
}

}  // namespace vireo::emulated
