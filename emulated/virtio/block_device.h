#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulated/virtio/block_queue.h"
#include "vmm/platform/event_loop.h"

namespace vireo::emulated {

struct BlockSettings {
  std::string name;    // in the names of its threads
  std::string serial;  // at most kBlockIdSize characters
  unsigned queues = 1;
  OnDiskError on_error = OnDiskError::kReport;
};

// State: works with Linux's driver.
// Features: several queues, each with a thread; flush, write-back and write-through, discard, write zeroes, read-only,
// serial number, block sizes, a size that follows the image's.
// Missing: secure erase, lifetime, zones.
// Source: virtio 1.2 5.2.
class BlockDevice final : public VirtioDevice {
 public:
  // Lifetime: image and loop outlive this. Errors: SystemError (kHost): no io_uring, no descriptors.
  BlockDevice(DiskImage& image, const BlockSettings& settings, platform::EventLoop& loop);
  ~BlockDevice() override;

  const Identity& identity() const override { return identity_; }
  void connect(VirtioTransport& transport) override { transport_ = &transport; }
  void read_config(uint64_t offset, std::span<uint8_t> data) noexcept override;
  void write_config(uint64_t offset, std::span<const uint8_t> data) noexcept override;
  void start(const RunningQueue& queue) noexcept override;
  void stop(unsigned index) noexcept override;

 private:
  void watch_size();
  BlockConfigSpace config_space() const noexcept;

  DiskImage& image_;
  platform::EventLoop& loop_;
  VirtioTransport* transport_ = nullptr;
  Identity identity_;
  BlockShared shared_;
  base::Fd timer_;
  std::vector<std::unique_ptr<BlockQueue>> queues_;
};

}  // namespace vireo::emulated
