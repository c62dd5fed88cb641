#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "emulated/virtio/block_device.h"
#include "tests/fakes/fake_virtio_transport.h"
#include "tests/fakes/temporary_image.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {

// A block device on a real file by a real io_uring, driven as a driver does. virtio 1.2 5.2.

constexpr uint64_t kSectors = 64;
constexpr uint64_t kHeaders = 0x40000;
constexpr uint64_t kData = 0x50000;
constexpr uint64_t kStatuses = 0x80000;
constexpr uint8_t kNoStatus = 0xaa;

class BlockDeviceTest : public testing::Test {
 protected:
  ~BlockDeviceTest() override {
    if (device_) device_->stop(0);
  }

  void start(const DiskSettings& disk = {}, const DiskDeviceSettings& settings = {},
             uint64_t features = kFeatureVersion1 | kBlockFlush) {
    DiskSettings with_path = disk;
    with_path.path = file_.path();
    image_ = std::make_unique<DiskImage>(with_path);
    device_ = std::make_unique<BlockDevice>(*image_, settings, loop_);
    device_->connect(transport_);
    ring_ = make_virtqueue(memory_, driver_.layout(), features);
    device_->start({.ring = *ring_, .doorbell = doorbell_, .transport = transport_, .features = features});
  }
  // Where the n-th request's parts are.
  static uint64_t header_at(unsigned n) { return kHeaders + n * 16; }
  static uint64_t status_at(unsigned n) { return kStatuses + n; }
  static RingDriver::Buffer header(unsigned n = 0) { return {header_at(n), sizeof(BlockHeader)}; }
  static RingDriver::Buffer status(unsigned n = 0) { return {status_at(n), 1, true}; }

  void put_header(BlockType type, uint64_t sector, unsigned n = 0) {
    memory_.write_object(base::GuestAddress(header_at(n)), BlockHeader{.type = type, .sector = sector});
    memory_.write_object(base::GuestAddress(status_at(n)), kNoStatus);
  }
  uint8_t status_of(unsigned n = 0) { return memory_.bytes(base::GuestAddress(status_at(n)), 1)[0]; }
  std::vector<uint8_t> data(size_t size) {
    const auto bytes = memory_.bytes(base::GuestAddress(kData), size);
    return {bytes.begin(), bytes.end()};
  }
  void fill(uint8_t value, size_t size) { std::ranges::fill(memory_.bytes(base::GuestAddress(kData), size), value); }
  // Whether the driver hears of something within that time, or has not yet taken note that it did.
  bool interrupted(std::chrono::milliseconds patience) {
    pollfd event{.fd = transport_.event.get(), .events = POLLIN, .revents = 0};
    return ::poll(&event, 1, static_cast<int>(patience.count())) == 1;
  }
  // Wait until `count` chains are used.
  std::vector<RingDriver::Used> await(size_t count = 1) {
    using namespace std::chrono_literals;
    std::vector<RingDriver::Used> all;
    while (all.size() < count && interrupted(10s)) {
      transport_.event.consume();
      const auto more = driver_.take();
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }
  // One request, as drivers cut it; return its status.
  uint8_t request(BlockType type, uint64_t sector, const RingDriver::Buffers& data) {
    put_header(type, sector);
    RingDriver::Buffers buffers{header()};
    buffers.insert(buffers.end(), data.begin(), data.end());
    buffers.push_back(status());
    driver_.add(buffers);
    doorbell_.signal();
    written_ = 0;
    for (const RingDriver::Used& used : await()) written_ = used.written;
    return status_of();
  }
  uint8_t clear(BlockType type, const BlockExtent& extent) {
    memory_.write_object(base::GuestAddress(kData), extent);
    return request(type, 0, {{kData, sizeof extent}});
  }
  BlockConfigSpace config() {
    BlockConfigSpace space;
    device_->read_config(0, {reinterpret_cast<uint8_t*>(&space), sizeof space});
    return space;
  }

  platform::GuestMemory memory_{{{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}},
                                {}};
  fakes::TemporaryImage file_{kSectors};
  platform::EventLoop loop_;
  SplitDriver driver_{memory_, 256};
  fakes::FakeVirtioTransport transport_;
  base::EventFd doorbell_;
  std::unique_ptr<DiskImage> image_;
  std::unique_ptr<Virtqueue> ring_;
  std::unique_ptr<BlockDevice> device_;
  uint32_t written_ = 0;
};

constexpr auto kOk = static_cast<uint8_t>(BlockStatus::kOk);
constexpr auto kIoError = static_cast<uint8_t>(BlockStatus::kIoError);
constexpr auto kUnsupported = static_cast<uint8_t>(BlockStatus::kUnsupported);

}  // namespace vireo::emulated
