// What a block device refuses, and what it does when its medium fails. virtio 1.2 5.2.6.
#include "tests/unit/emulated/virtio/block_device_fixture.h"

namespace vireo::emulated {
namespace {

using testing::Each;
using namespace std::chrono_literals;

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

TEST_F(BlockDeviceTest, WritesNothingWhereItMayNot) {
  start({.read_only = true});
  EXPECT_NE(device_->identity().features & kBlockReadOnly, 0u);
  EXPECT_EQ(request(BlockType::kOut, 0, {{kData, 512}}), kIoError);
  EXPECT_EQ(clear(BlockType::kWriteZeroes, {.sector = 0, .sectors = 1}), kIoError);
  EXPECT_EQ(request(BlockType::kIn, 0, {{kData, 512, true}}), kOk);
}

// fsync(2): an error is said once. What was lost stays lost, for every queue.
TEST_F(BlockDeviceTest, FlushesNothingOnceWritesWereLost) {
  start();
  EXPECT_EQ(request(BlockType::kFlush, 0, {}), kOk);
  image_->lose_writes();
  EXPECT_EQ(request(BlockType::kFlush, 0, {}), kIoError);
  EXPECT_EQ(request(BlockType::kIn, 0, {{kData, 512, true}}), kOk);
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

TEST_F(BlockDeviceTest, SaysThatTheDriverBrokeARule) {
  driver_.offer(999);
  start();
  EXPECT_TRUE(interrupted(10s));
  EXPECT_TRUE(transport_.broken);
}

}  // namespace
}  // namespace vireo::emulated
