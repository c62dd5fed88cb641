#pragma once

#include <array>
#include <cstdint>

// What stands in an NVMe controller's queues. Source: NVMe 1.4 4.2, 4.6, 5, 6.
namespace vireo::emulated::nvme {

// A submission queue's entry. 4.2.
struct Command {
  uint8_t opcode = 0;
  uint8_t flags = 0;  // fused operation, PRP or SGL
  uint16_t id = 0;
  uint32_t name_space = 0;
  uint64_t reserved = 0;
  uint64_t metadata = 0;
  uint64_t prp1 = 0;
  uint64_t prp2 = 0;
  std::array<uint32_t, 6> dwords = {};  // 10 to 15

  // By the specification's number.
  uint32_t dword(unsigned number) const { return dwords[number - 10]; }
};
static_assert(sizeof(Command) == 64);
constexpr unsigned kCommandShift = 6;  // 2^6 bytes

// A completion queue's entry. 4.6.
struct Completion {
  uint32_t result = 0;
  uint32_t reserved = 0;
  uint16_t head = 0;   // of the submission queue
  uint16_t queue = 0;  // the submission queue
  uint16_t command = 0;
  uint16_t status = 0;  // bit 0: the phase
};
static_assert(sizeof(Completion) == 16);
constexpr unsigned kCompletionShift = 4;

// Opcodes. 5, 6.
enum class AdminOpcode : uint8_t {
  kDeleteSubmission = 0x00,
  kCreateSubmission = 0x01,
  kGetLogPage = 0x02,
  kDeleteCompletion = 0x04,
  kCreateCompletion = 0x05,
  kIdentify = 0x06,
  kAbort = 0x08,
  kSetFeatures = 0x09,
  kGetFeatures = 0x0a,
  kEventRequest = 0x0c,
  kDoorbellBuffer = 0x7c,
};
enum class Opcode : uint8_t {
  kFlush = 0x00,
  kWrite = 0x01,
  kRead = 0x02,
  kWriteZeroes = 0x08,
  kDatasetManagement = 0x09,
};

// Status code type << 8 | status code. 4.6.1.
enum class Status : uint16_t {
  kSuccess = 0x000,
  kInvalidOpcode = 0x001,
  kInvalidField = 0x002,
  kTransferError = 0x004,
  kInvalidNamespace = 0x00b,
  kInvalidPrpOffset = 0x013,
  kWriteProtected = 0x020,
  kOutOfRange = 0x080,
  kInvalidCompletionQueue = 0x100,
  kInvalidQueue = 0x101,
  kInvalidQueueSize = 0x102,
  kEventRequestLimit = 0x105,
  kInvalidVector = 0x108,
  kInvalidLogPage = 0x109,
  kInvalidDeletion = 0x10c,
  kNotSaveable = 0x10d,
  kNotChangeable = 0x10e,
  kWriteFault = 0x280,
  kUnrecoveredRead = 0x281,
};

// A completion's status word but for its phase: what fails would fail again. 4.6.1, Do Not Retry.
constexpr uint16_t status_word(Status status) {
  constexpr uint16_t kDoNotRetry = 1 << 15;
  const auto code = static_cast<uint16_t>(static_cast<uint16_t>(status) << 1);
  return status == Status::kSuccess ? code : static_cast<uint16_t>(code | kDoNotRetry);
}

// Bits of the dwords of I/O commands. 6.7, 6.14, 6.15, 6.16.
constexpr uint32_t kForceUnitAccess = uint32_t{1} << 30;  // dword 12
constexpr uint32_t kDeallocate = 1 << 25;                 // dword 12, write zeroes
constexpr uint32_t kAttributeDeallocate = 1 << 2;         // dword 11, dataset management

// One of the ranges of a dataset management command. 6.7.
struct BlockRange {
  uint32_t attributes = 0;
  uint32_t blocks = 0;
  uint64_t first = 0;
};
static_assert(sizeof(BlockRange) == 16);

constexpr uint32_t kNamespace = 1;  // the only one
constexpr uint32_t kAllNamespaces = 0xffff'ffff;
constexpr uint32_t kPageSize = 4096;
constexpr unsigned kTransferPagesShift = 6;  // MDTS: 256 KiB, whose pages are fewer than kMaxDiskBuffers

}  // namespace vireo::emulated::nvme
