#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "emulated/nvme/commands.h"

namespace vireo::emulated::nvme {

// What set and get features name. NVMe 1.4 5.21.1.
enum class Feature : uint8_t {
  kArbitration = 0x01,
  kPowerManagement = 0x02,
  kTemperatureThreshold = 0x04,
  kErrorRecovery = 0x05,
  kWriteCache = 0x06,
  kQueues = 0x07,
  kInterruptCoalescing = 0x08,
  kVectorConfiguration = 0x09,
  kWriteAtomicity = 0x0a,
  kEventConfiguration = 0x0b,
};

// A controller's features. What has no effect here (arbitration among queues that each have a thread, coalescing) may
// be set and read back, as they are mandatory. Thread: one at a time.
class Features {
 public:
  struct Answer {
    Status status = Status::kSuccess;
    uint32_t result = 0;
  };

  // `queues`: I/O queues of each kind.
  explicit Features(unsigned queues) : queues_(queues) { reset(); }
  void reset();

  Answer set(const Command& command);
  Answer get(const Command& command) const;

  bool write_cache() const { return (value(Feature::kWriteCache) & 1) != 0; }
  uint32_t events() const { return value(Feature::kEventConfiguration); }

 private:
  static constexpr size_t kCount = 0x0c;
  uint32_t value(Feature feature) const { return values_[static_cast<size_t>(feature)]; }
  static uint32_t defaults(Feature feature, uint32_t parameter, unsigned queues);

  unsigned queues_;
  std::array<uint32_t, kCount> values_ = {};
};

}  // namespace vireo::emulated::nvme
