// The admin commands. NVMe 1.4 5.
#include <cstring>

#include "tests/unit/emulated/nvme/nvme_driver.h"

namespace vireo::emulated {
namespace {

using nvme::AdminOpcode;
using nvme::Command;
using nvme::Status;

class NvmeAdmin : public NvmeTest {
 protected:
  NvmeAdmin() { enable(); }
  Status identify(uint32_t structure, uint32_t name_space = 0) {
    return admin_status(AdminOpcode::kIdentify, {.name_space = name_space, .prp1 = kData, .dwords = {structure}});
  }
  std::string text(size_t offset, size_t size) {
    const auto bytes = data(size, kData + offset);
    return {bytes.begin(), bytes.end()};
  }
  nvme::Completion set_feature(nvme::Feature feature, uint32_t value) {
    return admin(AdminOpcode::kSetFeatures, {.dwords = {static_cast<uint32_t>(feature), value}});
  }
  nvme::Completion get_feature(nvme::Feature feature, uint32_t select = 0, uint32_t dword11 = 0) {
    return admin(AdminOpcode::kGetFeatures, {.dwords = {static_cast<uint32_t>(feature) | select << 8, dword11}});
  }
  Status log_page(uint32_t log, uint32_t dwords, uint32_t offset = 0) {
    return admin_status(AdminOpcode::kGetLogPage, {.prp1 = kData, .dwords = {(dwords - 1) << 16 | log, 0, offset}});
  }
  void ask_for_events(uint16_t id) {
    put(0, {.opcode = static_cast<uint8_t>(AdminOpcode::kEventRequest), .id = id});
    ring(0);
  }
  void grow() {
    file_.resize(2 * kSectors * 512);
    std::this_thread::sleep_for(std::chrono::seconds(SizeWatch::kPeriod));  // it was started before
    fakes::run_once(loop_);
  }
};

TEST_F(NvmeAdmin, IdentifiesTheController) {
  EXPECT_EQ(identify(1), Status::kSuccess);
  EXPECT_EQ(text(4, 20), "S1                  ");
  EXPECT_EQ(object<uint32_t>(kData + 80), nvme::kVersion14);
  EXPECT_EQ(object<uint8_t>(kData + 77), 6);
  EXPECT_EQ(object<uint32_t>(kData + 516), 1u);
  EXPECT_EQ(text(768, 69), std::string("nqn.2014-08.org.nvmexpress:uuid:02030400-0000-8000-8000-000000000000\0", 69));
}

TEST_F(NvmeAdmin, IdentifiesTheNamespace) {
  EXPECT_EQ(identify(0, 1), Status::kSuccess);
  EXPECT_EQ(object<uint64_t>(kData), kSectors);
  EXPECT_EQ(object<uint8_t>(kData + 128 + 2), 9);
  EXPECT_EQ(object<uint8_t>(kData + 99), 0);
  EXPECT_EQ(object<uint64_t>(kData + 120), 0x04'0302u);
  EXPECT_EQ(identify(0, 2), Status::kInvalidNamespace);
}

TEST_F(NvmeAdmin, ListsItsNamespace) {
  EXPECT_EQ(identify(2, 0), Status::kSuccess);
  EXPECT_EQ(object<uint64_t>(kData), 1u);
  EXPECT_EQ(identify(2, 1), Status::kSuccess);
  EXPECT_EQ(object<uint64_t>(kData), 0u);
  EXPECT_EQ(identify(2, 0xffff'fffe), Status::kInvalidNamespace);
  EXPECT_EQ(identify(3, 1), Status::kSuccess);
  EXPECT_EQ(object<uint16_t>(kData), 0x0801u);
  EXPECT_EQ(identify(3, 2), Status::kInvalidNamespace);
}

TEST_F(NvmeAdmin, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(identify(0x7f), Status::kInvalidField);
  EXPECT_EQ(admin_status(static_cast<AdminOpcode>(0xc0)), Status::kInvalidOpcode);
  EXPECT_EQ(admin_status(AdminOpcode::kIdentify, {.flags = 0x40}), Status::kInvalidField);
}

TEST_F(NvmeAdmin, WritesAcrossTwoPages) {
  EXPECT_EQ(admin_status(AdminOpcode::kIdentify, {.prp1 = kData + 0xf00, .prp2 = kLists, .dwords = {1}}),
            Status::kSuccess);
  EXPECT_EQ(object<uint32_t>(kData + 0xf00 + 80), nvme::kVersion14);
  EXPECT_EQ(object<uint16_t>(kLists + 2048 - 256), 2500u);
}

TEST_F(NvmeAdmin, WritesNothingOutsideOfMemory) {
  EXPECT_EQ(admin_status(AdminOpcode::kIdentify, {.prp1 = uint64_t{1} << 40, .dwords = {1}}), Status::kTransferError);
  EXPECT_EQ(admin_status(AdminOpcode::kIdentify, {.prp1 = kData + 4, .prp2 = 1, .dwords = {1}}),
            Status::kInvalidPrpOffset);
}

TEST_F(NvmeAdmin, MakesQueues) {
  create_queues(1);
  create_queues(2);
  EXPECT_EQ(admin_status(AdminOpcode::kCreateCompletion, completion_command(1)), Status::kInvalidQueue);
  EXPECT_EQ(admin_status(AdminOpcode::kCreateSubmission, submission_command(1)), Status::kInvalidQueue);
}

TEST_F(NvmeAdmin, RefusesQueuesThatCannotBe) {
  const auto make = AdminOpcode::kCreateCompletion;
  EXPECT_EQ(admin_status(make, completion_command(0)), Status::kInvalidQueue);
  EXPECT_EQ(admin_status(make, completion_command(3)), Status::kInvalidQueue);
  EXPECT_EQ(admin_status(make, completion_command(1, 1)), Status::kInvalidQueueSize);
  EXPECT_EQ(admin_status(make, completion_command(1, nvme::kMaxEntries + 1)), Status::kInvalidQueueSize);
  EXPECT_EQ(admin_status(make, completion_command(1, kEntries, 2)), Status::kInvalidField);
  EXPECT_EQ(admin_status(make, completion_command(1, kEntries, 3 << 16 | 3)), Status::kInvalidVector);
  Command beyond = completion_command(1);
  beyond.prp1 = base::kMiB - 128;
  EXPECT_EQ(admin_status(make, beyond), Status::kInvalidPrpOffset);
  beyond.prp1 = base::kMiB;
  EXPECT_EQ(admin_status(make, beyond), Status::kTransferError);
  EXPECT_EQ(admin_status(AdminOpcode::kCreateSubmission, submission_command(1)), Status::kInvalidCompletionQueue);
}

// 3.1.5: the driver says the sizes of entries before it makes queues.
TEST_F(NvmeAdmin, RefusesQueuesOfOtherEntries) {
  write(nvme::Reg::kConfiguration, nvme::kEnable | 5 << 16 | 4 << 20);
  EXPECT_EQ(admin_status(AdminOpcode::kCreateCompletion, completion_command(1)), Status::kInvalidQueueSize);
}

// 5.5.
TEST_F(NvmeAdmin, EndsACompletionQueueAfterItsSubmissionQueues) {
  create_queues();
  EXPECT_EQ(admin_status(AdminOpcode::kDeleteCompletion, {.dwords = {1}}), Status::kInvalidDeletion);
  EXPECT_EQ(admin_status(AdminOpcode::kDeleteSubmission, {.dwords = {1}}), Status::kSuccess);
  EXPECT_EQ(admin_status(AdminOpcode::kDeleteSubmission, {.dwords = {1}}), Status::kInvalidQueue);
  EXPECT_EQ(admin_status(AdminOpcode::kDeleteCompletion, {.dwords = {1}}), Status::kSuccess);
  EXPECT_EQ(admin_status(AdminOpcode::kDeleteCompletion, {.dwords = {0}}), Status::kInvalidQueue);
}

TEST_F(NvmeAdmin, SaysHowManyQueuesItHas) {
  EXPECT_EQ(set_feature(nvme::Feature::kQueues, 0x003f'003f).result, 0x0001'0001u);
  EXPECT_EQ(status_of(set_feature(nvme::Feature::kQueues, 0xffff)), Status::kInvalidField);
}

TEST_F(NvmeAdmin, KeepsFeatures) {
  EXPECT_EQ(get_feature(nvme::Feature::kWriteCache).result, 1u);
  EXPECT_EQ(status_of(set_feature(nvme::Feature::kWriteCache, 0)), Status::kSuccess);
  EXPECT_EQ(get_feature(nvme::Feature::kWriteCache).result, 0u);
  EXPECT_EQ(get_feature(nvme::Feature::kWriteCache, 1).result, 1u);
  EXPECT_EQ(get_feature(nvme::Feature::kWriteCache, 3).result, 4u);
  EXPECT_EQ(get_feature(nvme::Feature::kVectorConfiguration, 0, 2).result, 2u);
}

TEST_F(NvmeAdmin, RefusesFeaturesThatItHasNot) {
  EXPECT_EQ(status_of(set_feature(static_cast<nvme::Feature>(0x7f), 0)), Status::kInvalidField);
  EXPECT_EQ(status_of(get_feature(static_cast<nvme::Feature>(3))), Status::kInvalidField);
  EXPECT_EQ(status_of(set_feature(nvme::Feature::kPowerManagement, 1)), Status::kInvalidField);
  EXPECT_EQ(admin_status(AdminOpcode::kSetFeatures, {.dwords = {uint32_t{1} << 31 | 6, 0}}), Status::kNotSaveable);
}

TEST_F(NvmeAdmin, HasThresholdsOfWhatIsTooHotOnly) {
  constexpr uint32_t kTooCold = 1 << 20;
  EXPECT_EQ(get_feature(nvme::Feature::kTemperatureThreshold).result, 343u);
  set_feature(nvme::Feature::kTemperatureThreshold, 350);
  set_feature(nvme::Feature::kTemperatureThreshold, kTooCold | 5);
  EXPECT_EQ(get_feature(nvme::Feature::kTemperatureThreshold).result, 350u);
  EXPECT_EQ(get_feature(nvme::Feature::kTemperatureThreshold, 0, kTooCold).result, 0u);
}

TEST_F(NvmeAdmin, HasLogPages) {
  EXPECT_EQ(log_page(2, 128), Status::kSuccess);
  EXPECT_EQ(object<uint16_t>(kData + 1), 300u);
  EXPECT_EQ(log_page(3, 4, 8), Status::kSuccess);
  EXPECT_EQ(text(0, 8), "1.0     ");
  EXPECT_EQ(log_page(1, 16), Status::kSuccess);
  EXPECT_EQ(log_page(0x7f, 16), Status::kInvalidLogPage);
  EXPECT_EQ(log_page(2, 1024, 4), Status::kInvalidField);
  EXPECT_EQ(log_page(2, 1, 2), Status::kInvalidField);
  EXPECT_EQ(log_page(2, 1, 4096), Status::kInvalidField);
}

TEST_F(NvmeAdmin, TellsThatTheNamespaceHasGrown) {
  set_feature(nvme::Feature::kEventConfiguration, nvme::kNamespaceNotices);
  ask_for_events(77);
  EXPECT_FALSE(is_new(0));
  grow();
  const nvme::Completion event = take(0);
  EXPECT_EQ(event.command, 77u);
  EXPECT_EQ(event.result, 0x0004'0002u);
  EXPECT_EQ(log_page(4, 1024), Status::kSuccess);
  EXPECT_EQ(object<uint32_t>(kData), 1u);
  EXPECT_EQ(identify(0, 1), Status::kSuccess);
  EXPECT_EQ(object<uint64_t>(kData), 2 * kSectors);
}

// 5.2: who asks later is told then; who does not want to know is not.
TEST_F(NvmeAdmin, TellsWhoAsksLater) {
  grow();
  ask_for_events(5);
  EXPECT_FALSE(is_new(0));
  set_feature(nvme::Feature::kEventConfiguration, nvme::kNamespaceNotices);
  EXPECT_EQ(take(0).command, 5u);
}

TEST_F(NvmeAdmin, LetsSoManyRequestsWait) {
  for (uint16_t i = 0; i < nvme::kEventRequests; ++i) ask_for_events(i);
  EXPECT_EQ(admin_status(AdminOpcode::kEventRequest), Status::kEventRequestLimit);
}

TEST_F(NvmeAdmin, RefusesDoorbellBuffersThatAreNotThere) {
  EXPECT_EQ(admin_status(AdminOpcode::kDoorbellBuffer, {.prp1 = kShadows, .prp2 = kEvents + 8}), Status::kInvalidField);
  EXPECT_EQ(admin_status(AdminOpcode::kDoorbellBuffer, {.prp1 = base::kMiB, .prp2 = kEvents}), Status::kInvalidField);
}

// What does not fit waits until the driver takes entries.
TEST_F(NvmeAdmin, WaitsForRoomForItsAnswers) {
  enable(0);
  enable();
  write(nvme::Reg::kConfiguration, 0);
  write(nvme::Reg::kAdminQueueSizes, 1 << 16 | (kAdminEntries - 1));
  write(nvme::Reg::kConfiguration, nvme::kEnable);
  queues_[0] = {.entries = kAdminEntries};
  for (uint16_t id = 1; id <= 3; ++id) put(0, {.opcode = static_cast<uint8_t>(AdminOpcode::kAbort), .id = id});
  ring(0);
  queues_[0].entries = 2;
  EXPECT_EQ(take(0).command, 1u);
  EXPECT_FALSE(is_new(0));
  free_entries(0);
  EXPECT_EQ(take(0).command, 2u);
}

}  // namespace
}  // namespace vireo::emulated
