#include "emulated/virtio/block_device.h"

#include <bit>

#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

constexpr uint16_t kQueueSize = 256;
constexpr uint32_t kMostCleared = 1u << 22;  // sectors of one request: 2 GiB

uint64_t features_of(const DiskImage& image, const DiskDeviceSettings& settings) {
  uint64_t features = kBlockSegMax | kBlockBlkSize | kBlockFlush | kBlockTopology | kBlockConfigWce;
  if (settings.queues > 1) features |= kBlockMultiQueue;
  return features | (image.read_only() ? kBlockReadOnly : kBlockDiscard | kBlockWriteZeroes);
}

}  // namespace

BlockDevice::BlockDevice(DiskImage& image, const DiskDeviceSettings& settings, platform::EventLoop& loop)
    : image_(image),
      identity_{.type = 2,
                .class_code = 0x010000,
                .features = features_of(image, settings),
                .queue_sizes = std::vector<uint16_t>(settings.queues, kQueueSize)},
      shared_{.image = image},
      size_watch_(image, loop, [this] { transport_->config_changed(); }) {
  std::ranges::copy(settings.serial.substr(0, kBlockIdSize), shared_.serial.begin());
  for (unsigned i = 0; i < settings.queues; ++i)
    queues_.push_back(std::make_unique<BlockQueue>(shared_, settings.queue(i, kQueueSize)));
}

BlockConfigSpace BlockDevice::config_space() const noexcept {
  const uint32_t logical = image_.logical_block();
  const uint32_t physical = image_.physical_block();
  BlockConfigSpace space{.capacity = image_.size() / kSectorSize,
                         .seg_max = kMaxDiskBuffers - 2,
                         .blk_size = logical,
                         .physical_block_exponent = static_cast<uint8_t>(std::countr_zero(physical / logical)),
                         .min_io_size = static_cast<uint16_t>(physical / logical),
                         .writeback = shared_.writeback,
                         .num_queues = static_cast<uint16_t>(queues_.size())};
  if (image_.read_only()) return space;
  space.max_discard_sectors = space.max_write_zeroes_sectors = kMostCleared;
  space.max_discard_seg = space.max_write_zeroes_seg = 1;
  space.discard_sector_alignment = physical / kSectorSize;
  space.write_zeroes_may_unmap = 1;
  return space;
}

void BlockDevice::read_config(uint64_t offset, std::span<uint8_t> data) noexcept {
  load_from(config_space(), offset, data);
}

// virtio 1.2 5.2.5: the one field that a driver may store.
void BlockDevice::write_config(uint64_t offset, std::span<const uint8_t> data) noexcept {
  if (offset <= kBlockWriteback && kBlockWriteback - offset < data.size())
    shared_.writeback = (data[kBlockWriteback - offset] & 1) != 0;
}

void BlockDevice::start(const RunningQueue& queue) noexcept {
  queues_[queue.index]->start(queue);
}

void BlockDevice::stop(unsigned index) noexcept {
  queues_[index]->stop();
}

}  // namespace vireo::emulated
