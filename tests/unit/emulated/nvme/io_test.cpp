// I/O commands and their queues. NVMe 1.4 4, 6.
#include <gmock/gmock.h>

#include "tests/unit/emulated/nvme/nvme_driver.h"

namespace vireo::emulated {
namespace {

using nvme::AdminOpcode;
using nvme::Command;
using nvme::Opcode;
using nvme::Status;
using testing::Each;

class NvmeIo : public NvmeTest {
 protected:
  NvmeIo() { start(); }
  void fill(uint8_t value, size_t size) { std::ranges::fill(memory_.bytes(base::GuestAddress(kData), size), value); }
  Status deallocate(const std::vector<nvme::BlockRange>& ranges, uint32_t attributes = nvme::kAttributeDeallocate) {
    for (size_t i = 0; i < ranges.size(); ++i) memory_.write_object(base::GuestAddress(kLists + 16 * i), ranges[i]);
    return io({.opcode = static_cast<uint8_t>(Opcode::kDatasetManagement),
               .name_space = 1,
               .prp1 = kLists,
               .dwords = {static_cast<uint32_t>(ranges.size() - 1), attributes}});
  }
  void use_shadows() {
    EXPECT_EQ(admin_status(AdminOpcode::kDoorbellBuffer, {.prp1 = kShadows, .prp2 = kEvents}), Status::kSuccess);
  }
  void set_shadow(unsigned index, uint32_t value) {
    memory_.write_object(base::GuestAddress(kShadows + 4 * uint64_t{index}), value);
  }
  uint32_t event_of(unsigned index) { return object<uint32_t>(kEvents + 4 * uint64_t{index}); }
  // Wait until the driver is asked to ring after that value.
  bool await_event(unsigned index, uint32_t value) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (event_of(index) != value && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return event_of(index) == value;
  }
};

TEST_F(NvmeIo, Reads) {
  EXPECT_EQ(io(transfer(Opcode::kRead, 5, 2)), Status::kSuccess);
  EXPECT_EQ(data(1024), file_.read(5 * 512, 1024));
}

TEST_F(NvmeIo, Writes) {
  fill(0x77, 512);
  EXPECT_EQ(io(transfer(Opcode::kWrite, 9, 1)), Status::kSuccess);
  EXPECT_THAT(file_.read(9 * 512, 512), Each(0x77));
  EXPECT_THAT(file_.read(10 * 512, 512), Each(10));
}

TEST_F(NvmeIo, SaysWhatItHasDone) {
  const nvme::Completion entry = execute(1, transfer(Opcode::kRead, 0, 1));
  EXPECT_EQ(entry.command, 7u);
  EXPECT_EQ(entry.queue, 1u);
  EXPECT_EQ(entry.head, 1u);
  EXPECT_EQ(entry.status, 1u);
}

TEST_F(NvmeIo, Flushes) {
  EXPECT_EQ(io({.opcode = static_cast<uint8_t>(Opcode::kFlush), .name_space = nvme::kAllNamespaces}), Status::kSuccess);
  image_->lose_writes();
  EXPECT_EQ(io({.opcode = static_cast<uint8_t>(Opcode::kFlush), .name_space = 1}), Status::kWriteFault);
}

// 4.3: a page's rest, and a second page.
TEST_F(NvmeIo, ReadsIntoTwoPages) {
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 8, kData + 0x800, kLists)), Status::kSuccess);
  EXPECT_EQ(data(2048, kData + 0x800), file_.read(0, 2048));
  EXPECT_EQ(data(2048, kLists), file_.read(2048, 2048));
}

// 4.3: a list that goes on in a second one, from its page's last entry.
TEST_F(NvmeIo, ReadsIntoALongList) {
  constexpr uint64_t kFirst = kLists + 0xff0;
  constexpr uint64_t kSecond = kLists + 0x2000;
  memory_.write_object(base::GuestAddress(kFirst), kData + 0x4000);
  memory_.write_object(base::GuestAddress(kFirst + 8), kSecond);
  memory_.write_object(base::GuestAddress(kSecond), kData + 0x2000);
  memory_.write_object(base::GuestAddress(kSecond + 8), kData + 0x6000);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 32, kData, kFirst)), Status::kSuccess);
  EXPECT_EQ(data(4096, kData + 0x4000), file_.read(4096, 4096));
  EXPECT_EQ(data(4096, kData + 0x2000), file_.read(8192, 4096));
  EXPECT_EQ(data(4096, kData + 0x6000), file_.read(12288, 4096));
}

TEST_F(NvmeIo, RefusesListsThatAreNone) {
  memory_.write_object(base::GuestAddress(kLists), kData + 0x4001);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 32, kData, kLists)), Status::kInvalidPrpOffset);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 32, kData, kLists + 4)), Status::kInvalidPrpOffset);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 32, kData, base::kMiB)), Status::kTransferError);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 16, kData, kData + 2)), Status::kInvalidPrpOffset);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 1, kData + 2)), Status::kInvalidPrpOffset);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 1, ~uint64_t{0} - 511)), Status::kTransferError);
}

TEST_F(NvmeIo, RefusesBlocksBeyondTheEnd) {
  EXPECT_EQ(io(transfer(Opcode::kRead, kSectors - 1, 1)), Status::kSuccess);
  EXPECT_EQ(io(transfer(Opcode::kRead, kSectors - 1, 2)), Status::kOutOfRange);
  EXPECT_EQ(io(transfer(Opcode::kWrite, ~uint64_t{0}, 1)), Status::kOutOfRange);
  EXPECT_EQ(io(transfer(Opcode::kWriteZeroes, kSectors, 1)), Status::kOutOfRange);
  EXPECT_EQ(deallocate({{.blocks = 1, .first = kSectors}}), Status::kOutOfRange);
}

TEST_F(NvmeIo, RefusesMoreThanItTransfersAtOnce) {
  file_.resize(base::kMiB);
  image_->look_at_size();
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 513)), Status::kInvalidField);
}

TEST_F(NvmeIo, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(io(transfer(static_cast<Opcode>(0x05), 0, 1)), Status::kInvalidOpcode);
  Command other = transfer(Opcode::kRead, 0, 1);
  other.name_space = 2;
  EXPECT_EQ(io(other), Status::kInvalidNamespace);
  Command list = transfer(Opcode::kRead, 0, 1);
  list.flags = 0x40;
  EXPECT_EQ(io(list), Status::kInvalidField);
}

TEST_F(NvmeIo, WritesZeroes) {
  EXPECT_EQ(io(transfer(Opcode::kWriteZeroes, 8, 8)), Status::kSuccess);
  EXPECT_THAT(file_.read(8 * 512, 8 * 512), Each(0));
  EXPECT_THAT(file_.read(16 * 512, 512), Each(16));
}

TEST_F(NvmeIo, DeallocatesSeveralRanges) {
  EXPECT_EQ(deallocate({{.blocks = 8, .first = 8}, {.blocks = 0}, {.blocks = 8, .first = 32}}), Status::kSuccess);
  EXPECT_THAT(file_.read(8 * 512, 8 * 512), Each(0));
  EXPECT_THAT(file_.read(32 * 512, 8 * 512), Each(0));
  EXPECT_THAT(file_.read(16 * 512, 512), Each(16));
}

TEST_F(NvmeIo, TakesHintsAsHints) {
  EXPECT_EQ(deallocate({{.blocks = 8, .first = 8}}, 1), Status::kSuccess);
  EXPECT_THAT(file_.read(8 * 512, 512), Each(8));
}

TEST_F(NvmeIo, TellsOfAFailingMedium) {
  file_.resize(512);
  EXPECT_EQ(io(transfer(Opcode::kRead, 8, 1)), Status::kUnrecoveredRead);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 1)), Status::kSuccess);
}

TEST_F(NvmeIo, WritesNothingWhereItMayNot) {
  make({.read_only = true}, {.name = "nvme@rp0", .queues = 1});
  start();
  EXPECT_EQ(io(transfer(Opcode::kWrite, 0, 1)), Status::kWriteProtected);
  EXPECT_EQ(io(transfer(Opcode::kWriteZeroes, 0, 1)), Status::kWriteProtected);
  EXPECT_EQ(deallocate({{.blocks = 1}}), Status::kWriteProtected);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 1)), Status::kSuccess);
  EXPECT_EQ(admin_status(AdminOpcode::kIdentify, {.name_space = 1, .prp1 = kData}), Status::kSuccess);
  EXPECT_EQ(object<uint8_t>(kData + 99), 1);
}

TEST_F(NvmeIo, DoesMoreThanAQueueHolds) {
  for (unsigned i = 0; i < 5 * kEntries; ++i) ASSERT_EQ(io(transfer(Opcode::kRead, i % kSectors, 1)), Status::kSuccess);
  EXPECT_EQ(data(512), file_.read((5 * kEntries - 1) % kSectors * 512, 512));
}

// 4.1: entries for which there is no room wait for the completion queue's doorbell.
TEST_F(NvmeIo, WaitsForRoomForItsCompletions) {
  constexpr uint32_t kShort = 4;
  EXPECT_EQ(admin_status(AdminOpcode::kCreateCompletion, completion_command(2, kShort)), Status::kSuccess);
  EXPECT_EQ(admin_status(AdminOpcode::kCreateSubmission, submission_command(2)), Status::kSuccess);
  queues_[2] = {};
  for (unsigned i = 0; i < 8; ++i) put(2, transfer(Opcode::kRead, i, 1));
  ring(2);
  queues_[2].entries = kShort;
  for (unsigned i = 0; i < kShort - 1; ++i) EXPECT_EQ(take(2).command, 7u);
  EXPECT_EQ(take(2, std::chrono::milliseconds(50)).command, 0xffffu);
  free_entries(2);
  for (unsigned i = 0; i < kShort - 1; ++i) EXPECT_EQ(take(2).command, 7u);
  free_entries(2);
  EXPECT_EQ(take(2).command, 7u);
  EXPECT_EQ(take(2).command, 7u);
}

TEST_F(NvmeIo, SharesACompletionQueue) {
  EXPECT_EQ(admin_status(AdminOpcode::kCreateSubmission, submission_command(2, kEntries, 1)), Status::kSuccess);
  put(2, transfer(Opcode::kRead, 0, 1));
  ring(2);
  const nvme::Completion entry = take(1);
  EXPECT_EQ(entry.queue, 2u);
}

TEST_F(NvmeIo, IgnoresATailThatIsNone) {
  doorbell(2, kEntries);
  EXPECT_EQ(io(transfer(Opcode::kRead, 0, 1)), Status::kSuccess);
}

TEST_F(NvmeIo, EndsWhatItTookBeforeAQueueIsGone) {
  for (unsigned i = 0; i < 8; ++i) put(1, transfer(Opcode::kRead, i, 1));
  ring(1);
  const uint16_t fetched = take(1).head;
  EXPECT_EQ(admin_status(AdminOpcode::kDeleteSubmission, {.dwords = {1}}), Status::kSuccess);
  for (unsigned i = 1; i < fetched; ++i) EXPECT_TRUE(is_new(1) && take(1).command == 7);
}

// 7.13: the value is in memory, and the doorbell says only that there is one.
TEST_F(NvmeIo, TakesTailsFromShadows) {
  use_shadows();
  EXPECT_TRUE(await_event(2, 0));
  put(1, transfer(Opcode::kRead, 3, 1));
  set_shadow(2, 1);
  function_->doorbells(0)[0].event->signal();
  EXPECT_EQ(status_of(take(1)), Status::kSuccess);
  EXPECT_EQ(data(512), file_.read(3 * 512, 512));
  EXPECT_TRUE(await_event(2, 1));
}

TEST_F(NvmeIo, GivesNewQueuesTheirShadows) {
  use_shadows();
  create_queues(2);
  put(2, transfer(Opcode::kRead, 3, 1));
  set_shadow(4, 1);
  function_->doorbells(0)[1].event->signal();
  EXPECT_EQ(status_of(take(2)), Status::kSuccess);
}

TEST_F(NvmeIo, IgnoresShadowsThatAreNone) {
  use_shadows();
  set_shadow(2, 0xffff'ffff);
  function_->doorbells(0)[0].event->signal();
  put(1, transfer(Opcode::kRead, 3, 1));
  set_shadow(2, 1);
  function_->doorbells(0)[0].event->signal();
  EXPECT_EQ(status_of(take(1)), Status::kSuccess);
}

// A head that moves on passes no value for which the driver rings, in whichever round.
TEST_F(NvmeIo, AsksForNoCompletionDoorbells) {
  use_shadows();
  for (uint32_t i = 0; i < kEntries + 4; ++i) {
    put(1, transfer(Opcode::kRead, 0, 1));
    set_shadow(2, queues_[1].tail);
    function_->doorbells(0)[0].event->signal();
    ASSERT_EQ(status_of(take(1)), Status::kSuccess);
    EXPECT_EQ(event_of(3), (i + kEntries - 1) % kEntries);
    set_shadow(3, queues_[1].head);
  }
}

// The head's shadow is looked at; the driver is asked to ring where there is no room.
TEST_F(NvmeIo, AsksForACompletionDoorbellWhereThereIsNoRoom) {
  use_shadows();
  EXPECT_EQ(admin_status(AdminOpcode::kCreateCompletion, completion_command(2, 4)), Status::kSuccess);
  EXPECT_EQ(admin_status(AdminOpcode::kCreateSubmission, submission_command(2)), Status::kSuccess);
  queues_[2] = {};
  memory_.write_object(base::GuestAddress(kEvents + 4 * 5), uint32_t{3});
  for (unsigned i = 0; i < 5; ++i) put(2, transfer(Opcode::kRead, i, 1));
  set_shadow(4, 5);
  function_->doorbells(0)[1].event->signal();
  EXPECT_TRUE(await_event(5, 0));
  queues_[2].entries = 4;
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(take(2).command, 7u);
  EXPECT_FALSE(is_new(2));
  set_shadow(5, 3);
  doorbell(5, 3);
  for (unsigned i = 0; i < 2; ++i) EXPECT_EQ(take(2).command, 7u);
}

}  // namespace
}  // namespace vireo::emulated
