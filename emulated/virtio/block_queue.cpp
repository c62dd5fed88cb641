#include "emulated/virtio/block_queue.h"

namespace vireo::emulated {

using Kind = DiskRequest::Kind;

BlockQueue::BlockQueue(const BlockShared& shared, const DiskQueue::Settings& settings)
    : shared_(shared), pending_(settings.depth), disk_(shared.image, settings) {
  free_.reserve(settings.depth);
}

// The disk's thread looks at nothing of this before disk_.start().
void BlockQueue::start(const RunningQueue& queue) noexcept {
  queue_.emplace(queue);
  flushes_ = (queue.features & kBlockFlush) != 0;
  free_.clear();
  for (size_t i = 0; i < pending_.size(); ++i) free_.push_back(static_cast<DiskTag>(i));
  disk_.start(*this, queue.doorbell);
}

// One round at most: what comes meanwhile rings its own bell.
void BlockQueue::serve() noexcept {
  Virtqueue& ring = queue_->ring;
  ring.want_doorbells(false);
  for (unsigned i = 0; i < ring.size(); ++i) {
    const auto chain = ring.pop();
    if (!chain) break;
    take(*chain);
  }
  if (!ring.broken() && ring.want_doorbells(true)) queue_->doorbell.signal();
}

// virtio 1.2 5.2.6: a header, data, and a status byte that is the last one that the device writes.
void BlockQueue::take(const Chain& chain) noexcept {
  Pending pending{.chain = chain.id};
  // No byte to answer in: nothing that the driver could learn from.
  if (chain.writable.empty()) return queue_->ring.complete(chain.id, 0);
  pending.status = &chain.writable.back().back();
  ChainBytes data(chain.readable);
  BlockHeader header;
  const bool whole = data.take({reinterpret_cast<uint8_t*>(&header), sizeof header});
  const auto ended =
      whole ? handle(header, data, ChainBytes(chain.writable), pending) : std::optional(BlockStatus::kIoError);
  if (ended) finish(pending, *ended, 0);
}

std::optional<BlockStatus> BlockQueue::handle(const BlockHeader& header, ChainBytes data, ChainBytes answer,
                                              const Pending& chain) {
  switch (header.type) {
    case BlockType::kIn:
      return transfer(Kind::kRead, header.sector, answer, chain);
    case BlockType::kOut:
      return transfer(Kind::kWrite, header.sector, data, chain);
    case BlockType::kFlush:
      return submit({.kind = Kind::kFlush}, chain);
    case BlockType::kGetId: {
      const size_t room = std::min<uint64_t>(answer.size() - 1, kBlockIdSize);
      answer.put(std::span(shared_.serial).first(room));
      finish(chain, BlockStatus::kOk, static_cast<uint32_t>(room));
      return std::nullopt;
    }
    case BlockType::kDiscard:
      return clear(Kind::kDiscard, data, chain);
    case BlockType::kWriteZeroes:
      return clear(Kind::kWriteZeroes, data, chain);
  }
  return BlockStatus::kUnsupported;
}

// virtio 1.2 5.2.6.2: for a driver that cannot flush, or does not want to.
bool BlockQueue::writes_through() const noexcept {
  return !flushes_ || !shared_.writeback.load(std::memory_order_relaxed);
}

bool BlockQueue::in_disk(uint64_t sector, uint64_t length) const noexcept {
  const uint64_t size = shared_.image.size();
  return length % kSectorSize == 0 && length <= size && sector <= (size - length) / kSectorSize;
}

std::optional<BlockStatus> BlockQueue::transfer(Kind kind, uint64_t sector, const ChainBytes& bytes, Pending chain) {
  const bool reads = kind == Kind::kRead;
  const uint64_t length = bytes.size() - (reads ? 1 : 0);  // the status
  if (!in_disk(sector, length) || (!reads && shared_.image.read_only())) return BlockStatus::kIoError;
  if (length == 0) return BlockStatus::kOk;
  std::array<iovec, kMaxDiskBuffers> buffers;
  const size_t count = bytes.buffers(length, buffers);
  if (count == 0) return BlockStatus::kIoError;  // more than seg_max says
  if (reads) chain.read = static_cast<uint32_t>(length);
  return submit({.kind = kind,
                 .durable = writes_through(),
                 .offset = sector * kSectorSize,
                 .length = length,
                 .buffers = std::span(buffers).first(count)},
                chain);
}

// virtio 1.2 5.2.6.2: one extent, as max_discard_seg and max_write_zeroes_seg say; flags that are none are refused.
std::optional<BlockStatus> BlockQueue::clear(Kind kind, ChainBytes extents, const Pending& chain) {
  BlockExtent extent;
  if (extents.size() != sizeof extent || !extents.take({reinterpret_cast<uint8_t*>(&extent), sizeof extent}))
    return BlockStatus::kUnsupported;
  const uint32_t known = kind == Kind::kWriteZeroes ? kExtentUnmap : 0;
  if ((extent.flags & ~known) != 0) return BlockStatus::kUnsupported;
  const uint64_t length = uint64_t{extent.sectors} * kSectorSize;
  if (length == 0 || !in_disk(extent.sector, length) || shared_.image.read_only()) return BlockStatus::kIoError;
  return submit({.kind = kind,
                 .durable = writes_through(),
                 .may_unmap = (extent.flags & kExtentUnmap) != 0,
                 .offset = extent.sector * kSectorSize,
                 .length = length},
                chain);
}

std::optional<BlockStatus> BlockQueue::submit(const DiskRequest& request, const Pending& chain) noexcept {
  if (free_.empty()) return BlockStatus::kIoError;
  const DiskTag tag = free_.back();
  free_.pop_back();
  pending_[tag] = chain;
  disk_.submit(tag, request);
  return std::nullopt;
}

void BlockQueue::done(DiskTag tag, DiskResult result) noexcept {
  free_.push_back(tag);
  const Pending& chain = pending_[tag];
  switch (result) {
    case DiskResult::kDone:
      return finish(chain, BlockStatus::kOk, chain.read);
    case DiskResult::kFailed:
      return finish(chain, BlockStatus::kIoError, 0);
    case DiskResult::kUnsupported:
      return finish(chain, BlockStatus::kUnsupported, 0);
  }
}

void BlockQueue::finish(const Pending& chain, BlockStatus status, uint32_t read) noexcept {
  *chain.status = static_cast<uint8_t>(status);
  queue_->ring.complete(chain.chain, read + 1);
}

}  // namespace vireo::emulated
