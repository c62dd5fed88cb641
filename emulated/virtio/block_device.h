#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulated/block/size_watch.h"
#include "emulated/virtio/block_queue.h"

namespace vireo::emulated {

// State: works with Linux's driver.
// Features: several queues, each with a thread; flush, write-back and write-through, discard, write zeroes, read-only,
// serial number, block sizes, a size that follows the image's.
// Missing: secure erase, lifetime, zones.
// Source: virtio 1.2 5.2.
class BlockDevice final : public VirtioDevice {
 public:
  // Lifetime: image and loop outlive this. Errors: SystemError (kHost): no io_uring, no descriptors.
  BlockDevice(DiskImage& image, const DiskDeviceSettings& settings, platform::EventLoop& loop);

  const Identity& identity() const override { return identity_; }
  void connect(VirtioTransport& transport) override { transport_ = &transport; }
  void read_config(uint64_t offset, std::span<uint8_t> data) noexcept override;
  void write_config(uint64_t offset, std::span<const uint8_t> data) noexcept override;
  void start(const RunningQueue& queue) noexcept override;
  void stop(unsigned index) noexcept override;

 private:
  BlockConfigSpace config_space() const noexcept;

  DiskImage& image_;
  VirtioTransport* transport_ = nullptr;
  Identity identity_;
  BlockShared shared_;
  SizeWatch size_watch_;
  std::vector<std::unique_ptr<BlockQueue>> queues_;
};

}  // namespace vireo::emulated
