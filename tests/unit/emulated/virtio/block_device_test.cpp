// A block device on a real file by a real io_uring, driven as a driver does. virtio 1.2 5.2.
#include "emulated/virtio/block_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "tests/fakes/fake_virtio_transport.h"
#include "tests/fakes/temporary_image.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

using fakes::TemporaryImage;
using testing::Each;
using namespace std::chrono_literals;

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
  TemporaryImage file_{kSectors};
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

TEST_F(BlockDeviceTest, Reads) {
  start();
  EXPECT_EQ(request(BlockType::kIn, 5, {{kData, 1024, true}}), kOk);
  EXPECT_EQ(written_, 1025u);
  EXPECT_EQ(data(1024), file_.read(5 * 512, 1024));
}

TEST_F(BlockDeviceTest, Writes) {
  start();
  fill(0x77, 512);
  EXPECT_EQ(request(BlockType::kOut, 9, {{kData, 512}}), kOk);
  EXPECT_EQ(written_, 1u);
  EXPECT_THAT(file_.read(9 * 512, 512), Each(0x77));
  EXPECT_THAT(file_.read(10 * 512, 512), Each(10));
}

TEST_F(BlockDeviceTest, ReadsIntoSeveralBuffers) {
  start();
  EXPECT_EQ(request(BlockType::kIn, 0, {{kData + 700, 324, true}, {kData, 700, true}}), kOk);
  EXPECT_EQ(data(700).back(), 1);
  EXPECT_EQ(data(701).back(), 0);
}

// virtio 1.2 2.7.4: a device makes nothing of where the driver cuts.
TEST_F(BlockDeviceTest, TakesAnyCuts) {
  start();
  put_header(BlockType::kIn, 3);
  driver_.add({{kHeaders, 5}, {kHeaders + 5, 11}, {kData, 500, true}, {kData + 500, 13, true}});
  doorbell_.signal();
  EXPECT_EQ(await().at(0).written, 513u);
  auto expected = file_.read(3 * 512, 512);
  expected.push_back(kOk);
  EXPECT_EQ(data(513), expected);
}

TEST_F(BlockDeviceTest, TakesHeaderAndDataInOneBuffer) {
  start();
  fill(0x55, 600);
  memory_.write_object(base::GuestAddress(kData), BlockHeader{.type = BlockType::kOut, .sector = 1});
  driver_.add({{kData, 16 + 512}, status()});
  doorbell_.signal();
  await();
  EXPECT_EQ(status_of(), kOk);
  EXPECT_THAT(file_.read(512, 512), Each(0x55));
}

TEST_F(BlockDeviceTest, TellsItsSerialNumber) {
  start({}, {.serial = "VIREO-1"});
  EXPECT_EQ(request(BlockType::kGetId, 0, {{kData, 20, true}}), kOk);
  EXPECT_EQ(written_, 21u);
  const auto bytes = data(20);
  EXPECT_STREQ(reinterpret_cast<const char*>(bytes.data()), "VIREO-1");
}

TEST_F(BlockDeviceTest, WritesZeroes) {
  start();
  EXPECT_EQ(clear(BlockType::kWriteZeroes, {.sector = 8, .sectors = 8, .flags = kExtentUnmap}), kOk);
  EXPECT_THAT(file_.read(8 * 512, 8 * 512), Each(0));
  EXPECT_THAT(file_.read(16 * 512, 512), Each(16));
}

TEST_F(BlockDeviceTest, Discards) {
  start();
  EXPECT_EQ(clear(BlockType::kDiscard, {.sector = 8, .sectors = 8}), kOk);
}

// virtio 1.2 5.2.6.2.
TEST_F(BlockDeviceTest, RefusesFlagsOfADiscard) {
  start();
  EXPECT_EQ(clear(BlockType::kDiscard, {.sector = 8, .sectors = 8, .flags = kExtentUnmap}), kUnsupported);
  EXPECT_EQ(clear(BlockType::kWriteZeroes, {.sector = 8, .sectors = 8, .flags = 2}), kUnsupported);
}

TEST_F(BlockDeviceTest, ClearsNothingBeyondItsEnd) {
  start();
  EXPECT_EQ(clear(BlockType::kWriteZeroes, {.sector = kSectors - 1, .sectors = 2}), kIoError);
  EXPECT_EQ(clear(BlockType::kWriteZeroes, {.sector = 0, .sectors = 0}), kIoError);
}

TEST_F(BlockDeviceTest, RefusesSeveralExtents) {
  start();
  EXPECT_EQ(request(BlockType::kDiscard, 0, {{kData, 32}}), kUnsupported);
}

TEST_F(BlockDeviceTest, TransfersNothingBeyondItsEnd) {
  start();
  EXPECT_EQ(request(BlockType::kIn, kSectors - 1, {{kData, 512, true}}), kOk);
  EXPECT_EQ(request(BlockType::kIn, kSectors - 1, {{kData, 1024, true}}), kIoError);
  EXPECT_EQ(request(BlockType::kOut, kSectors, {{kData, 512}}), kIoError);
}

// 2^55 sectors are 2^64 bytes.
TEST_F(BlockDeviceTest, TransfersNothingAtASectorThatWraps) {
  start();
  EXPECT_EQ(request(BlockType::kOut, uint64_t{1} << 55, {{kData, 512}}), kIoError);
  EXPECT_EQ(request(BlockType::kIn, ~uint64_t{0}, {{kData, 512, true}}), kIoError);
}

TEST_F(BlockDeviceTest, TransfersWholeSectors) {
  start();
  EXPECT_EQ(request(BlockType::kOut, 0, {{kData, 511}}), kIoError);
  EXPECT_THAT(file_.read(0, 512), Each(0));
}

TEST_F(BlockDeviceTest, RefusesWhatItDoesNotKnow) {
  start();
  EXPECT_EQ(request(static_cast<BlockType>(77), 0, {}), kUnsupported);
}

TEST_F(BlockDeviceTest, RefusesHalfAHeader) {
  start();
  put_header(BlockType::kFlush, 0);
  driver_.add({{kHeaders, 15}, status()});
  doorbell_.signal();
  EXPECT_EQ(await().at(0).written, 1u);
  EXPECT_EQ(status_of(), kIoError);
}

TEST_F(BlockDeviceTest, GivesBackWhatItCannotAnswer) {
  start();
  put_header(BlockType::kFlush, 0);
  driver_.add({header()});
  doorbell_.signal();
  EXPECT_EQ(await().at(0).written, 0u);
}

// More than seg_max promised.
TEST_F(BlockDeviceTest, RefusesTooManyBuffers) {
  start();
  const RingDriver::Buffers many(kMaxDiskBuffers + 1, {kData, 512, true});
  EXPECT_EQ(request(BlockType::kIn, 0, many), kIoError);
  EXPECT_EQ(request(BlockType::kIn, 0, {{kData, 512, true}}), kOk);
}

TEST_F(BlockDeviceTest, TakesAsManyBuffersAsItPromises) {
  start();
  const RingDriver::Buffers many(config().seg_max / 2, {kData, 512, true});
  EXPECT_EQ(request(BlockType::kIn, 0, many), kOk);
}

TEST_F(BlockDeviceTest, WritesNothingWhereItMayNot) {
  start({.read_only = true});
  EXPECT_NE(device_->identity().features & kBlockReadOnly, 0u);
  EXPECT_EQ(request(BlockType::kOut, 0, {{kData, 512}}), kIoError);
  EXPECT_EQ(clear(BlockType::kWriteZeroes, {.sector = 0, .sectors = 1}), kIoError);
  EXPECT_EQ(request(BlockType::kIn, 0, {{kData, 512, true}}), kOk);
}

TEST_F(BlockDeviceTest, DoesABatch) {
  start();
  constexpr unsigned kBatch = 64;
  for (unsigned i = 0; i < kBatch; ++i) {
    put_header(BlockType::kIn, i % kSectors, i);
    driver_.add({header(i), {kData + i * 512, 512, true}, status(i)});
  }
  doorbell_.signal();
  EXPECT_EQ(await(kBatch).size(), kBatch);
  EXPECT_EQ(data(kBatch * 512), file_.read(0, kBatch * 512));
  const std::lock_guard lock(transport_.mutex);
  EXPECT_LT(transport_.interrupts.size(), kBatch);
}

// fsync(2): an error is said once. What was lost stays lost, for every queue.
TEST_F(BlockDeviceTest, FlushesNothingOnceWritesWereLost) {
  start();
  EXPECT_EQ(request(BlockType::kFlush, 0, {}), kOk);
  image_->lose_writes();
  EXPECT_EQ(request(BlockType::kFlush, 0, {}), kIoError);
  EXPECT_EQ(request(BlockType::kIn, 0, {{kData, 512, true}}), kOk);
}

TEST_F(BlockDeviceTest, WritesZeroesThrough) {
  start({}, {}, kFeatureVersion1);
  EXPECT_EQ(clear(BlockType::kWriteZeroes, {.sector = 8, .sectors = 8}), kOk);
  EXPECT_THAT(file_.read(8 * 512, 8 * 512), Each(0));
}

// The file has shrunk behind the guest's back: its reads end early.
TEST_F(BlockDeviceTest, TellsOfAFailingMedium) {
  start();
  file_.resize(512);
  EXPECT_EQ(request(BlockType::kIn, 8, {{kData, 512, true}}), kIoError);
  EXPECT_EQ(request(BlockType::kIn, 0, {{kData, 1024, true}}), kIoError);
  EXPECT_EQ(request(BlockType::kIn, 0, {{kData, 512, true}}), kOk);
}

TEST_F(BlockDeviceTest, WaitsForAFailingMedium) {
  start({}, {.on_error = OnDiskError::kWait});
  file_.resize(512);
  put_header(BlockType::kIn, 8);
  driver_.add({header(), {kData, 512, true}, status()});
  doorbell_.signal();
  EXPECT_FALSE(interrupted(200ms));
  file_.resize(kSectors * 512);
  EXPECT_EQ(await().size(), 1u);
  EXPECT_EQ(status_of(), kOk);
}

TEST_F(BlockDeviceTest, GivesUpWhatWaitsAtItsEnd) {
  start({}, {.on_error = OnDiskError::kWait});
  file_.resize(512);
  put_header(BlockType::kIn, 8);
  driver_.add({header(), {kData, 512, true}, status()});
  doorbell_.signal();
  EXPECT_FALSE(interrupted(200ms));
  device_->stop(0);
  EXPECT_EQ(status_of(), kNoStatus);
  file_.resize(kSectors * 512);
  SplitDriver again(memory_, 256);
  memory_.write(base::GuestAddress(RingDriver::kDriver), std::vector<uint8_t>(4));
  memory_.write(base::GuestAddress(RingDriver::kDevice), std::vector<uint8_t>(4));
  ring_ = make_virtqueue(memory_, again.layout(), kFeatureVersion1);
  device_->start({.ring = *ring_, .doorbell = doorbell_, .transport = transport_});
  put_header(BlockType::kIn, 8, 1);
  again.add({header(1), {kData, 512, true}, status(1)});
  doorbell_.signal();
  EXPECT_TRUE(interrupted(10s));
  EXPECT_EQ(again.take().size(), 1u);
  EXPECT_EQ(status_of(1), kOk);
}

// virtio 1.2 2.4.1: after a reset the device touches no buffer; what it took it has ended.
TEST_F(BlockDeviceTest, EndsWhatItTookBeforeItStops) {
  constexpr unsigned kBatch = 32;
  for (unsigned i = 0; i < kBatch; ++i) {
    put_header(BlockType::kIn, i, i);
    driver_.add({header(i), {kData + i * 512, 512, true}, status(i)});
  }
  start();
  await(1);
  device_->stop(0);
  for (unsigned i = 0; i < kBatch; ++i) EXPECT_EQ(status_of(i), kOk);
}

TEST_F(BlockDeviceTest, SaysThatTheDriverBrokeARule) {
  driver_.offer(999);
  start();
  EXPECT_TRUE(interrupted(10s));
  EXPECT_TRUE(transport_.broken);
}

TEST_F(BlockDeviceTest, ShowsItsShape) {
  start({}, {.queues = 1});
  EXPECT_EQ(config().capacity, kSectors);
  EXPECT_EQ(config().blk_size, 512u);
  EXPECT_EQ(config().num_queues, 1u);
  EXPECT_EQ(config().max_discard_seg, 1u);
}

TEST_F(BlockDeviceTest, ShowsItsNewSize) {
  start();
  file_.resize(2 * kSectors * 512);
  image_->look_at_size();
  EXPECT_EQ(config().capacity, 2 * kSectors);
  EXPECT_EQ(request(BlockType::kIn, kSectors, {{kData, 512, true}}), kOk);
}

TEST_F(BlockDeviceTest, IsWrittenThroughWhereTheDriverWantsIt) {
  start();
  const uint8_t off = 0;
  device_->write_config(kBlockWriteback, {&off, 1});
  EXPECT_EQ(config().writeback, 0);
  EXPECT_EQ(request(BlockType::kOut, 0, {{kData, 512}}), kOk);
  device_->write_config(kBlockWriteback + 1, {&off, 1});
  EXPECT_EQ(config().writeback, 0);
}

TEST_F(BlockDeviceTest, ReadsZerosBehindItsConfiguration) {
  start();
  std::array<uint8_t, 8> bytes{};
  device_->read_config(sizeof(BlockConfigSpace) - 4, bytes);
  EXPECT_THAT(bytes, Each(0));
}

}  // namespace
}  // namespace vireo::emulated
