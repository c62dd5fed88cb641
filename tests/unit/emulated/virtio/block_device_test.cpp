// What a block device does for a driver. virtio 1.2 5.2.
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/emulated/virtio/block_device_fixture.h"

namespace vireo::emulated {
namespace {

using testing::Each;
using namespace std::chrono_literals;

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

// proc(5): VmPin counts what io_uring has pinned.
std::string pinned() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line) && !line.starts_with("VmPin:")) continue;
  return line;
}

TEST_F(BlockDeviceTest, MovesDataToMemoryThatIsRegistered) {
  const std::string before = pinned();
  start({}, {.memory = memory_.mapped()});
  fill(0x5a, 4096);
  EXPECT_EQ(request(BlockType::kOut, 8, {{kData, 4096}}), kOk);
  fill(0, 4096);
  EXPECT_EQ(request(BlockType::kIn, 8, {{kData, 4096, true}}), kOk);
  EXPECT_EQ(data(4096), std::vector<uint8_t>(4096, 0x5a));
  EXPECT_NE(pinned(), before);
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

TEST_F(BlockDeviceTest, TakesAsManyBuffersAsItPromises) {
  start();
  const RingDriver::Buffers many(config().seg_max / 2, {kData, 512, true});
  EXPECT_EQ(request(BlockType::kIn, 0, many), kOk);
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

TEST_F(BlockDeviceTest, WritesZeroesThrough) {
  start({}, {}, kFeatureVersion1);
  EXPECT_EQ(clear(BlockType::kWriteZeroes, {.sector = 8, .sectors = 8}), kOk);
  EXPECT_THAT(file_.read(8 * 512, 8 * 512), Each(0));
}

// virtio 1.2 2.4.1: after a reset the device touches no buffer; what it took it has ended.
// setpriority(2): of one thread, and only with CAP_SYS_NICE.
TEST_F(BlockDeviceTest, HasAThreadThatGoesBeforeTheVcpus) {
  start();
  EXPECT_EQ(request(BlockType::kIn, 0, {{kData, 512, true}}), 0);
  const int own = ::getpriority(PRIO_PROCESS, 0);
  std::vector<int> others;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
    if (const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(std::stoi(task.path().filename()))); nice != own)
      others.push_back(nice);
  EXPECT_EQ(others, ::geteuid() == 0 ? std::vector{own - 1} : std::vector<int>{});
}

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
