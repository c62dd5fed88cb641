#pragma once

#include <cstdint>

// An NVMe controller's registers and their fields. Source: NVMe 1.4 3.1.
namespace vireo::emulated::nvme {

// Where each stands in BAR 0, and how the rest of it is laid out.
enum class Reg : uint16_t {
  kCapabilities = 0x00,
  kVersion = 0x08,
  kInterruptMaskSet = 0x0c,
  kInterruptMaskClear = 0x10,
  kConfiguration = 0x14,
  kStatus = 0x1c,
  kAdminQueueSizes = 0x24,
  kAdminSubmission = 0x28,
  kAdminCompletion = 0x30,
};
constexpr uint64_t kRegistersSize = 0x38;
constexpr uint64_t kDoorbells = 0x1000;
constexpr uint64_t kDoorbellSize = 4;  // CAP.DSTRD is 0
constexpr uint32_t kTableStart = 0x2000;
constexpr uint32_t kPendingStart = 0x3000;
constexpr uint64_t kBarSize = 0x4000;

constexpr uint32_t kVersion14 = 0x0001'0400;
constexpr uint32_t kMaxEntries = 256;  // of an I/O queue

// CAP, 3.1.1.
constexpr uint64_t kContiguous = uint64_t{1} << 16;
constexpr uint64_t kTimeout = uint64_t{20} << 24;  // in half seconds, for CSTS.RDY to follow CC.EN
constexpr uint64_t kNvmCommandSet = uint64_t{1} << 37;

// CC, 3.1.5.
constexpr uint32_t kEnable = 1;
constexpr uint32_t kCommandSetMask = 7 << 4;
constexpr uint32_t kPageSizeMask = 0xf << 7;
constexpr uint32_t kArbitrationMask = 7 << 11;
constexpr uint32_t kShutdownMask = 3 << 14;
constexpr unsigned kSubmissionEntryShift = 16;
constexpr unsigned kCompletionEntryShift = 20;
constexpr uint32_t kConfigurationMask = 0x00ff'fff1;

// CSTS, 3.1.6.
constexpr uint32_t kReady = 1;
constexpr uint32_t kFatal = 1 << 1;
constexpr uint32_t kShutdownComplete = 2 << 2;

// AQA, 3.1.8: both sizes less one.
constexpr uint32_t kAdminSizesMask = 0x0fff'0fff;
constexpr unsigned kAdminCompletionShift = 16;

}  // namespace vireo::emulated::nvme
