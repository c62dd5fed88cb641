#pragma once

#include <algorithm>
#include <optional>
#include <span>
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

// Load from the configuration structure; zeros past its end.
inline void read_net_config(const NetSettings& settings, bool link_up, uint64_t offset, std::span<uint8_t> data) {
  const NetConfigSpace space{.mac = settings.mac,
                             .status = link_up ? kNetLinkUp : uint16_t{0},
                             .max_virtqueue_pairs = 1,
                             .mtu = settings.mtu.value_or(0)};
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(&space), sizeof space);
  for (size_t i = 0; i < data.size(); ++i) data[i] = offset + i < bytes.size() ? bytes[offset + i] : uint8_t{0};
}

}  // namespace vireo::emulated
