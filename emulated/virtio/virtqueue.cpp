#include "emulated/virtio/virtqueue.h"

#include <bit>

#include "emulated/virtio/packed_ring.h"
#include "emulated/virtio/split_ring.h"

namespace vireo::emulated {

Virtqueue::Virtqueue(const platform::GuestMemory& memory, uint16_t size, uint64_t features)
    : memory_(memory), features_(features), size_(size) {
  segments_.reserve(kMaxSegments);
}

std::optional<Chain> Virtqueue::pop() noexcept {
  if (broken_) return std::nullopt;
  segments_.clear();
  readable_ = 0;
  writing_ = false;
  Chain chain;
  const Take taken = take(chain.id);
  // More than there are: the driver made some available twice.
  broken_ = taken == Take::kBroken || (taken == Take::kChain && in_flight_ + chain.id.descriptors > size_);
  if (broken_ || taken == Take::kNothing) return std::nullopt;
  in_flight_ = static_cast<uint16_t>(in_flight_ + chain.id.descriptors);
  const std::span<const std::span<uint8_t>> all(segments_);
  chain.readable = all.first(readable_);
  chain.writable = all.subspan(readable_);
  return chain;
}

void Virtqueue::complete(ChainId id, uint32_t written) noexcept {
  in_flight_ = static_cast<uint16_t>(in_flight_ - id.descriptors);
  put(id, written);
}

// virtio 1.2 2.7.4.2, 2.8.6: what the device reads stands before what it writes.
bool Virtqueue::add(const Descriptor& descriptor) noexcept {
  if (writing_ && !descriptor.write) return false;
  writing_ = descriptor.write;
  if (descriptor.length == 0) return true;
  if (segments_.size() == kMaxSegments) return false;
  const std::span<uint8_t> bytes = memory_.bytes(base::GuestAddress(descriptor.address), descriptor.length);
  if (bytes.empty()) return false;
  segments_.push_back(bytes);
  if (!descriptor.write) ++readable_;
  return true;
}

// virtio 1.2 2.7.5.3.1, 2.8.8: only where it was negotiated, not followed by others, of whole descriptors.
std::optional<std::span<uint8_t>> Virtqueue::indirect_table(const Descriptor& descriptor) const noexcept {
  constexpr uint32_t kDescriptorSize = 16;
  if (!has(kFeatureIndirect) || descriptor.next || descriptor.length == 0 || descriptor.length % kDescriptorSize != 0 ||
      descriptor.length > kMaxSegments * kDescriptorSize)
    return std::nullopt;
  const std::span<uint8_t> table = memory_.bytes(base::GuestAddress(descriptor.address), descriptor.length);
  return table.empty() ? std::nullopt : std::optional(table);
}

std::unique_ptr<Virtqueue> make_virtqueue(const platform::GuestMemory& memory, const QueueLayout& layout,
                                          uint64_t features) {
  if (layout.size == 0 || layout.size > kMaxQueueSize) return nullptr;
  if ((features & kFeaturePackedRing) != 0) return PackedRing::make(memory, layout, features);
  return std::has_single_bit(layout.size) ? SplitRing::make(memory, layout, features) : nullptr;
}

}  // namespace vireo::emulated
