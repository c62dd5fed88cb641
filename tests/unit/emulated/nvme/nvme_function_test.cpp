// An NVMe controller's registers and its PCI function. NVMe 1.4 2, 3.
#include <poll.h>

#include "tests/unit/emulated/nvme/nvme_driver.h"

namespace vireo::emulated {
namespace {

using nvme::AdminOpcode;
using nvme::Reg;
using nvme::Status;

bool readable(int file) {
  pollfd event{.fd = file, .events = POLLIN, .revents = 0};
  return ::poll(&event, 1, 10000) == 1;
}

TEST_F(NvmeTest, ShowsWhatItIs) {
  EXPECT_EQ(function_->read_config(pci::kVendorId, 4), 0x10f0'1af4u);
  EXPECT_EQ(function_->read_config(pci::kRevision, 4), 0x0108'0201u);
  EXPECT_EQ(function_->bars()[0].kind, pci::BarKind::kMemory64);
}

TEST_F(NvmeTest, ShowsItsCapabilities) {
  EXPECT_EQ(load<uint64_t>(0), 0x20'1401'00ffu);
  EXPECT_EQ(read(Reg::kVersion), 0x0001'0400u);
  EXPECT_EQ(read(Reg::kStatus), 0u);
}

TEST_F(NvmeTest, IsReadyOnceItIsEnabled) {
  enable();
  EXPECT_EQ(read(Reg::kStatus), nvme::kReady);
  write(Reg::kConfiguration, 0);
  EXPECT_EQ(read(Reg::kStatus), 0u);
}

// 3.1.6: the driver learns by CSTS.CFS.
TEST_F(NvmeTest, FailsWithWhatItDoesNotHave) {
  enable(nvme::kEnable | 1 << 7);
  EXPECT_EQ(read(Reg::kStatus), nvme::kFatal);
  write(Reg::kConfiguration, 0);
  enable(nvme::kEnable | 6 << 4);
  EXPECT_EQ(read(Reg::kStatus), nvme::kFatal);
}

TEST_F(NvmeTest, FailsWithAdminQueuesThatAreNotThere) {
  enable(0);
  write_long(Reg::kAdminCompletion, uint64_t{1} << 52);
  write(Reg::kConfiguration, nvme::kEnable);
  EXPECT_EQ(read(Reg::kStatus), nvme::kFatal);
  write(Reg::kConfiguration, 0);
  enable(0);
  write(Reg::kAdminQueueSizes, 0);
  write(Reg::kConfiguration, nvme::kEnable);
  EXPECT_EQ(read(Reg::kStatus), nvme::kFatal);
}

TEST_F(NvmeTest, SaysThatItIsShutDown) {
  start();
  write(Reg::kConfiguration, nvme::kEnable | 1 << 14);
  EXPECT_EQ(read(Reg::kStatus), nvme::kReady | nvme::kShutdownComplete);
}

TEST_F(NvmeTest, KeepsItsAdminQueuesOverAReset) {
  enable();
  write(Reg::kConfiguration, 0);
  EXPECT_EQ(load<uint64_t>(static_cast<uint64_t>(Reg::kAdminSubmission)), kSubmissions);
  function_->reset();
  EXPECT_EQ(load<uint64_t>(static_cast<uint64_t>(Reg::kAdminSubmission)), 0u);
  EXPECT_EQ(function_->read_config(pci::kCommand, 2), 0u);
}

TEST_F(NvmeTest, MergesStoresOfAnyWidth) {
  store<uint8_t>(static_cast<uint64_t>(Reg::kAdminQueueSizes) + 2, 0x42);
  EXPECT_EQ(read(Reg::kAdminQueueSizes), 0x42'0000u);
  store<uint32_t>(static_cast<uint64_t>(Reg::kAdminSubmission) + 4, 0x12);
  EXPECT_EQ(load<uint64_t>(static_cast<uint64_t>(Reg::kAdminSubmission)), 0x12'0000'0000u);
  EXPECT_EQ(load<uint16_t>(static_cast<uint64_t>(Reg::kVersion) + 2), 1u);
}

TEST_F(NvmeTest, ReadsZerosWhereNothingIs) {
  EXPECT_EQ(load<uint64_t>(0x38), 0u);
  EXPECT_EQ(load<uint64_t>(nvme::kDoorbells - 4), 0u);
  EXPECT_EQ(load<uint32_t>(nvme::kDoorbells), 0u);
}

TEST_F(NvmeTest, IgnoresDoorbellsThatAreNone) {
  start();
  doorbell(1022, 1);
  store<uint16_t>(nvme::kDoorbells, 1);
  store<uint64_t>(nvme::kDoorbells, 1);
  doorbell(0, kAdminEntries);
  EXPECT_EQ(admin_status(AdminOpcode::kAbort), Status::kSuccess);
}

TEST_F(NvmeTest, InterruptsByItsVectors) {
  use_msix();
  start();
  const int event = router_.attached.at(25).event;
  EXPECT_EQ(io(transfer(nvme::Opcode::kRead, 0, 1)), Status::kSuccess);
  EXPECT_TRUE(readable(event));
}

// The line stays up until the driver has taken all entries: KVM asks at each end of an interrupt.
TEST_F(NvmeTest, InterruptsByItsLine) {
  enable();
  put(0, {.opcode = static_cast<uint8_t>(AdminOpcode::kAbort)});
  ring(0);
  EXPECT_TRUE(readable(router_.attached.at(kLine).event));
  EXPECT_EQ(function_->read_config(pci::kStatus, 2) & pci::kStatusInterrupt, pci::kStatusInterrupt);
  take(0);
  free_entries(0);
  EXPECT_EQ(function_->read_config(pci::kStatus, 2) & pci::kStatusInterrupt, 0u);
}

// 3.1.3.
TEST_F(NvmeTest, MasksItsLine) {
  enable();
  write(Reg::kInterruptMaskSet, 1);
  EXPECT_EQ(read(Reg::kInterruptMaskClear), 1u);
  put(0, {.opcode = static_cast<uint8_t>(AdminOpcode::kAbort)});
  ring(0);
  EXPECT_EQ(function_->read_config(pci::kStatus, 2) & pci::kStatusInterrupt, 0u);
  EXPECT_FALSE(router_.attached.contains(kLine));
  write(Reg::kInterruptMaskClear, 1);
  EXPECT_EQ(read(Reg::kInterruptMaskSet), 0u);
  EXPECT_TRUE(readable(router_.attached.at(kLine).event));
}

TEST_F(NvmeTest, FetchesNothingUnlessItMastersTheBus) {
  enable();
  function_->write_config(pci::kCommand, 2, pci::kCommandMemory);
  put(0, {.opcode = static_cast<uint8_t>(AdminOpcode::kAbort)});
  ring(0);
  EXPECT_FALSE(is_new(0));
  function_->write_config(pci::kCommand, 2, pci::kCommandMemory | pci::kCommandBusMaster);
  EXPECT_TRUE(is_new(0));
}

TEST_F(NvmeTest, PausesItsQueuesUnlessItMastersTheBus) {
  start();
  function_->write_config(pci::kCommand, 2, pci::kCommandMemory);
  put(1, transfer(nvme::Opcode::kRead, 0, 1));
  ring(1);
  EXPECT_EQ(take(1, std::chrono::milliseconds(50)).command, 0xffffu);
  function_->write_config(pci::kCommand, 2, pci::kCommandMemory | pci::kCommandBusMaster);
  EXPECT_EQ(take(1).command, 7u);
}

// Until the driver has shadow doorbells the values of its stores matter.
TEST_F(NvmeTest, HasDoorbellsThatOnlySignalOnceTheirValuesAreInMemory) {
  start();
  EXPECT_TRUE(function_->doorbells(0).empty());
  put(0, {.opcode = static_cast<uint8_t>(AdminOpcode::kDoorbellBuffer), .prp1 = kShadows, .prp2 = kEvents});
  EXPECT_TRUE(ring(0));
  ASSERT_EQ(function_->doorbells(0).size(), 2u);
  EXPECT_EQ(function_->doorbells(0)[0].offset, 0x1008u);
  EXPECT_TRUE(store<uint32_t>(static_cast<uint64_t>(Reg::kConfiguration), 0));
  EXPECT_TRUE(function_->doorbells(0).empty());
}

}  // namespace
}  // namespace vireo::emulated
