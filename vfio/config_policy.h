#pragma once

#include <cstdint>
#include <vector>

namespace vireo::vfio {

// What a guest sees of a device's capability.
enum class Policy : uint8_t {
  kHide,     // not in the chain
  kPass,     // stores and loads go to the device
  kEmulate,  // registers of ours
};

struct PolicyRow {
  uint16_t id;
  Policy policy;
  const char* why;
};

// A row that replaces the table's. Emulated capabilities can be hidden, not passed.
struct PolicyOverride {
  bool extended = false;
  uint16_t id = 0;
  Policy policy = Policy::kHide;
};
using PolicyOverrides = std::vector<PolicyOverride>;

// The rows for capabilities below and above 0x100; an id without a row is hidden: what we do not know may reach
// beyond the guest.
Policy capability_policy(uint16_t id, const PolicyOverrides& overrides);
Policy extended_capability_policy(uint16_t id, const PolicyOverrides& overrides);

}  // namespace vireo::vfio
