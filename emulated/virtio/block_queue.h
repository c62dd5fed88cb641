#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <vector>

#include "emulated/block/disk_queue.h"
#include "emulated/virtio/block_registers.h"
#include "emulated/virtio/chain_bytes.h"
#include "emulated/virtio/virtio_device.h"

namespace vireo::emulated {

// What all queues of a block device know of it.
struct BlockShared {
  const DiskImage& image;
  std::array<uint8_t, kBlockIdSize> serial = {};
  std::atomic<bool> writeback = true;  // what is written is durable only after a flush
};

// One virtqueue of a block device: makes a disk's requests of the driver's. Source: virtio 1.2 5.2.6.
class BlockQueue final : private DiskClient {
 public:
  // Lifetime: `shared` outlives this. Errors: as DiskQueue's.
  BlockQueue(const BlockShared& shared, const DiskQueue::Settings& settings);

  // Thread: any but the queue's own.
  void start(const RunningQueue& queue) noexcept;
  void stop() noexcept { disk_.stop(); }

 private:
  // A chain that the disk has.
  struct Pending {
    ChainId chain;
    uint8_t* status = nullptr;
    uint32_t read = 0;  // bytes for the driver, but for the status
  };

  void serve() noexcept override;
  void done(DiskTag tag, DiskResult result) noexcept override;
  void settle() noexcept override { queue_->publish(); }

  void take(const Chain& chain) noexcept;
  // Give the request to the disk; or return how it ended already.
  std::optional<BlockStatus> handle(const BlockHeader& header, ChainBytes data, ChainBytes answer,
                                    const Pending& chain);
  std::optional<BlockStatus> transfer(DiskRequest::Kind kind, uint64_t sector, const ChainBytes& bytes, Pending chain);
  std::optional<BlockStatus> clear(DiskRequest::Kind kind, ChainBytes extents, const Pending& chain);
  bool writes_through() const noexcept;
  bool in_disk(uint64_t sector, uint64_t length) const noexcept;
  std::optional<BlockStatus> submit(const DiskRequest& request, const Pending& chain) noexcept;
  void finish(const Pending& chain, BlockStatus status, uint32_t read) noexcept;

  const BlockShared& shared_;
  std::optional<RunningQueue> queue_;
  bool flushes_ = false;  // the driver knows how to
  std::vector<Pending> pending_;
  std::vector<DiskTag> free_;
  DiskQueue disk_;  // the last: its thread uses the rest
};

}  // namespace vireo::emulated
