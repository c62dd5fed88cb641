#pragma once

#include <optional>
#include <string>

#include "emulated/virtio/net_registers.h"

namespace vireo::emulated {

struct NetSettings {
  std::string name;  // in the name of its thread and in messages
  std::array<uint8_t, 6> mac = {};
  std::optional<uint16_t> mtu;
  unsigned pairs = 1;  // of queues
};

// A NIC of one pair has no control queue. virtio 1.2 5.1.2
constexpr unsigned net_queues(unsigned pairs) {
  return 2 * pairs + (pairs > 1 ? 1 : 0);
}
// Nothing: there is none, or the driver did not take it. For one that knows of one pair only it is behind that.
constexpr std::optional<unsigned> net_control_queue(unsigned pairs, uint64_t features) {
  if (pairs == 1 || (features & kNetControl) == 0) return std::nullopt;
  return (features & kNetMultiqueue) != 0 ? 2 * pairs : 2;
}

// Features of a NIC that do not depend on its way out.
constexpr uint64_t own_features(const NetSettings& settings) {
  return kNetMac | kNetStatus | kNetMergeable | (settings.mtu ? kNetMtu : 0) |
         (settings.pairs > 1 ? kNetControl | kNetMultiqueue : 0);
}

constexpr NetConfigSpace config_space(const NetSettings& settings, bool link_up) {
  return {.mac = settings.mac,
          .status = link_up ? kNetLinkUp : uint16_t{0},
          .max_virtqueue_pairs = static_cast<uint16_t>(settings.pairs),
          .mtu = settings.mtu.value_or(0)};
}

}  // namespace vireo::emulated
