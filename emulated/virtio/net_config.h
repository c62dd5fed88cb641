#pragma once

#include <optional>
#include <string>

#include "emulated/virtio/net_registers.h"

namespace vireo::emulated {

struct NetSettings {
  std::string name;  // in the name of its thread and in messages
  std::array<uint8_t, 6> mac = {};
  std::optional<uint16_t> mtu;
};

// Features of a NIC that do not depend on its way out.
constexpr uint64_t own_features(const NetSettings& settings) {
  return kNetMac | kNetStatus | kNetMergeable | (settings.mtu ? kNetMtu : 0);
}

constexpr NetConfigSpace config_space(const NetSettings& settings, bool link_up) {
  return {.mac = settings.mac,
          .status = link_up ? kNetLinkUp : uint16_t{0},
          .max_virtqueue_pairs = 1,
          .mtu = settings.mtu.value_or(0)};
}

}  // namespace vireo::emulated
