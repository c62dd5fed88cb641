#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "emulated/nvme/nvme_function.h"
#include "pci/capability_registers.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/temporary_image.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {

// An NVMe function on a real file by a real io_uring, driven as a driver does. NVMe 1.4 7.6.1.
class NvmeTest : public testing::Test {
 protected:
  static constexpr platform::Gsi kLine = 10;
  static constexpr uint64_t kSectors = 64;
  static constexpr uint64_t kSubmissions = 0x1000;  // queue n's: a page each
  static constexpr uint64_t kCompletions = 0x8000;
  static constexpr uint64_t kShadows = 0x10000;
  static constexpr uint64_t kEvents = 0x11000;
  static constexpr uint64_t kData = 0x20000;
  static constexpr uint64_t kLists = 0x70000;
  static constexpr uint32_t kAdminEntries = 8;
  static constexpr uint32_t kEntries = 16;

  struct Queue {
    uint32_t entries = kEntries;
    uint32_t tail = 0;
    uint32_t head = 0;
    uint16_t phase = 1;
  };

  explicit NvmeTest(const DiskDeviceSettings& settings = {.name = "nvme@rp0", .serial = "S1", .queues = 2}) {
    make({}, settings);
  }
  void make(DiskSettings disk, const DiskDeviceSettings& settings) {
    function_.reset();
    image_.reset();
    disk.path = file_.path();
    image_ = std::make_unique<DiskImage>(disk);
    function_ = std::make_unique<NvmeFunction>(
        "nvme@rp0", *image_, settings, std::array<uint8_t, 8>{2, 3, 4},
        NvmeFunction::Surroundings{
            .memory = memory_, .router = router_, .loop = loop_, .place = {.requester = 0x100, .lines = {kLine}}});
  }

  template <typename T>
  T load(uint64_t offset) {
    T value{};
    function_->read_bar(0, offset, {reinterpret_cast<uint8_t*>(&value), sizeof value});
    return value;
  }
  template <typename T>
  bool store(uint64_t offset, T value) {
    return function_->write_bar(0, offset, {reinterpret_cast<const uint8_t*>(&value), sizeof value}).doorbells;
  }
  uint32_t read(nvme::Reg name) { return load<uint32_t>(static_cast<uint64_t>(name)); }
  void write(nvme::Reg name, uint32_t value) { store(static_cast<uint64_t>(name), value); }
  void write_long(nvme::Reg name, uint64_t value) { store(static_cast<uint64_t>(name), value); }

  void use_msix() {
    function_->write_config(0x82, 2, pci::kMsixEnable);
    for (unsigned vector = 0; vector < 3; ++vector) {
      store<uint32_t>(nvme::kTableStart + 16 * vector, 0xfee0'0000);
      store<uint32_t>(nvme::kTableStart + 16 * vector + 12, 0);
    }
  }
  // As far as a driver goes before it uses the admin queue.
  void enable(uint32_t configuration = nvme::kEnable | 6 << 16 | 4 << 20) {
    function_->write_config(pci::kCommand, 2, pci::kCommandMemory | pci::kCommandBusMaster);
    write(nvme::Reg::kAdminQueueSizes, (kAdminEntries - 1) << 16 | (kAdminEntries - 1));
    write_long(nvme::Reg::kAdminSubmission, kSubmissions);
    write_long(nvme::Reg::kAdminCompletion, kCompletions);
    queues_[0] = {.entries = kAdminEntries};
    write(nvme::Reg::kConfiguration, configuration);
  }
  bool doorbell(unsigned index, uint32_t value) { return store(nvme::kDoorbells + 4 * uint64_t{index}, value); }

  // Put a command into a queue, and do not ring yet.
  void put(unsigned queue, nvme::Command command) {
    Queue& to = queues_[queue];
    memory_.write_object(base::GuestAddress(kSubmissions + 0x1000 * queue + 64 * to.tail), command);
    to.tail = (to.tail + 1) % to.entries;
  }
  bool ring(unsigned queue) { return doorbell(2 * queue, queues_[queue].tail); }
  nvme::Completion entry(unsigned queue) {
    nvme::Completion found;
    memory_.read(base::GuestAddress(kCompletions + 0x1000 * queue + 16 * queues_[queue].head),
                 {reinterpret_cast<uint8_t*>(&found), sizeof found});
    return found;
  }
  bool is_new(unsigned queue) { return (entry(queue).status & 1) == queues_[queue].phase; }
  // Take the next completion; all ones when none comes.
  nvme::Completion take(unsigned queue, std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!is_new(queue) && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    if (!is_new(queue)) return {.command = 0xffff, .status = 0xffff};
    const nvme::Completion found = entry(queue);
    Queue& from = queues_[queue];
    from.head = (from.head + 1) % from.entries;
    if (from.head == 0) from.phase ^= 1;
    return found;
  }
  void free_entries(unsigned queue) { doorbell(2 * queue + 1, queues_[queue].head); }
  // Do one command, and return how it ended.
  nvme::Completion execute(unsigned queue, const nvme::Command& command) {
    put(queue, command);
    ring(queue);
    const nvme::Completion found = take(queue);
    free_entries(queue);
    return found;
  }
  static nvme::Status status_of(const nvme::Completion& entry) {
    return static_cast<nvme::Status>(entry.status >> 1 & 0x7ff);
  }
  nvme::Completion admin(nvme::AdminOpcode opcode, nvme::Command command = {}) {
    command.opcode = static_cast<uint8_t>(opcode);
    return execute(0, command);
  }
  nvme::Status admin_status(nvme::AdminOpcode opcode, const nvme::Command& command = {}) {
    return status_of(admin(opcode, command));
  }
  static nvme::Command completion_command(uint32_t id, uint32_t entries = kEntries, uint32_t dword11 = 0) {
    return {.prp1 = kCompletions + 0x1000 * uint64_t{id},
            .dwords = {(entries - 1) << 16 | id, dword11 != 0 ? dword11 : id << 16 | 3}};
  }
  static nvme::Command submission_command(uint32_t id, uint32_t entries = kEntries, uint32_t completions = 0) {
    return {.prp1 = kSubmissions + 0x1000 * uint64_t{id},
            .dwords = {(entries - 1) << 16 | id, (completions != 0 ? completions : id) << 16 | 1}};
  }
  void create_queues(uint32_t id = 1, uint32_t entries = kEntries) {
    EXPECT_EQ(admin_status(nvme::AdminOpcode::kCreateCompletion, completion_command(id, entries)),
              nvme::Status::kSuccess);
    EXPECT_EQ(admin_status(nvme::AdminOpcode::kCreateSubmission, submission_command(id, entries)),
              nvme::Status::kSuccess);
    queues_[id] = {.entries = entries};
  }
  // A controller with an I/O queue.
  void start() {
    enable();
    create_queues();
  }
  static nvme::Command transfer(nvme::Opcode opcode, uint64_t block, uint32_t blocks, uint64_t prp1 = kData,
                                uint64_t prp2 = 0) {
    return {.opcode = static_cast<uint8_t>(opcode),
            .id = 7,
            .name_space = 1,
            .prp1 = prp1,
            .prp2 = prp2,
            .dwords = {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), blocks - 1}};
  }
  nvme::Status io(const nvme::Command& command) { return status_of(execute(1, command)); }
  std::vector<uint8_t> data(size_t size, uint64_t at = kData) {
    const auto bytes = memory_.bytes(base::GuestAddress(at), size);
    return {bytes.begin(), bytes.end()};
  }
  template <typename T>
  T object(uint64_t at) {
    T value{};
    memory_.read(base::GuestAddress(at), {reinterpret_cast<uint8_t*>(&value), sizeof value});
    return value;
  }

  platform::GuestMemory memory_{{{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}},
                                {}};
  fakes::FakeInterruptRouter router_;
  platform::EventLoop loop_;
  fakes::TemporaryImage file_{kSectors};
  std::unique_ptr<DiskImage> image_;
  std::unique_ptr<NvmeFunction> function_;
  std::map<unsigned, Queue> queues_;
};

}  // namespace vireo::emulated
