#pragma once

#include <array>
#include <cstdint>

// Source: virtio 1.2 5.1.
namespace vireo::emulated {

// Feature bits, 5.1.3.
constexpr uint64_t kNetChecksum = uint64_t{1} << 0;
constexpr uint64_t kNetGuestChecksum = uint64_t{1} << 1;
constexpr uint64_t kNetMtu = uint64_t{1} << 3;
constexpr uint64_t kNetMac = uint64_t{1} << 5;
constexpr uint64_t kNetGuestTso4 = uint64_t{1} << 7;
constexpr uint64_t kNetGuestTso6 = uint64_t{1} << 8;
constexpr uint64_t kNetGuestEcn = uint64_t{1} << 9;
constexpr uint64_t kNetHostTso4 = uint64_t{1} << 11;
constexpr uint64_t kNetHostTso6 = uint64_t{1} << 12;
constexpr uint64_t kNetHostEcn = uint64_t{1} << 13;
constexpr uint64_t kNetMergeable = uint64_t{1} << 15;
constexpr uint64_t kNetStatus = uint64_t{1} << 16;
constexpr uint64_t kNetControl = uint64_t{1} << 17;
constexpr uint64_t kNetMultiqueue = uint64_t{1} << 22;

// Configuration, 5.1.4.
struct NetConfigSpace {
  std::array<uint8_t, 6> mac = {};
  uint16_t status = 0;
  uint16_t max_virtqueue_pairs = 0;
  uint16_t mtu = 0;
};
static_assert(sizeof(NetConfigSpace) == 12);
constexpr uint16_t kNetLinkUp = 1;

constexpr unsigned kReceiveQueue = 0;
constexpr unsigned kTransmitQueue = 1;

// A command of the control queue, what follows one, and its answer, 5.1.6.5.
struct NetControlCommand {
  uint8_t group = 0;
  uint8_t command = 0;
  bool operator==(const NetControlCommand&) const = default;
};
constexpr NetControlCommand kNetControlSetPairs{.group = 4, .command = 0};
struct NetControlPairs {
  uint16_t count = 0;
};
constexpr uint8_t kNetControlDone = 0;
constexpr uint8_t kNetControlRefused = 1;

}  // namespace vireo::emulated
