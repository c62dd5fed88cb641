#pragma once

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vmm/base/fd.h"

namespace vireo::emulated {

// struct virtio_net_hdr_v1: stands before each frame. virtio 1.2 5.1.6.
struct NetHeader {
  uint8_t flags = 0;
  uint8_t gso_type = 0;
  uint16_t hdr_len = 0;
  uint16_t gso_size = 0;
  uint16_t csum_start = 0;
  uint16_t csum_offset = 0;
  uint16_t num_buffers = 0;
};
static_assert(sizeof(NetHeader) == 12);

// Header and a frame that is segmented later: 64 KiB of IP packet, Ethernet and VLAN headers.
constexpr size_t kMostPacket = sizeof(NetHeader) + 65536 + 18;

// Where a NIC's frames come from and go to. Thread: one at a time.
class NetBackend {
 public:
  virtual ~NetBackend() = default;

  // Can be read when a frame may be there.
  virtual int file() const = 0;
  // Of the device's features, those that this can do.
  virtual uint64_t features() const = 0;
  // What of them the driver took.
  virtual void accept(uint64_t features) noexcept = 0;
  // As NetPair's. Of a backend that is one of several.
  virtual bool attach(bool) noexcept { return true; }
  // Take a frame with its header; return its size with it, 0 when there is none, less when the other side is gone.
  virtual ssize_t receive(std::span<uint8_t> packet) noexcept = 0;
  // Send a frame with its header; it may be dropped, as on a wire. Return false when the other side is gone.
  virtual bool send(std::span<const iovec> packet) noexcept = 0;
};

// A file for each of as many queues of a tap or macvtap interface of the host's, all attached. Its frames have a
// NetHeader. Errors: base::Error (kHost): there is no such interface, it is no tap, it is made for one queue and
// several are wanted, it is in use, or not this user's.
std::vector<base::Fd> open_tap(const std::string& name, unsigned queues);
// The MAC address that a macvtap interface has, and so the NIC on it must have; nothing for a tap.
std::optional<std::array<uint8_t, 6>> macvtap_station(const std::string& name);
// Of a NIC on a tap: checksums and segmentation are left to the host's kernel.
uint64_t tap_features() noexcept;
// What of them the driver took.
void set_tap_features(const base::Fd& tap, uint64_t features) noexcept;
// Have the host's kernel spread frames to this of a tap's queues, or to the others only. Return whether it does so.
bool attach_tap(const base::Fd& tap, bool attached) noexcept;
std::unique_ptr<NetBackend> make_tap(base::Fd tap);
// Throw what open_tap() would, as far as can be seen without taking it.
void check_tap(const std::string& name, unsigned queues);

// A stream socket on which each frame follows its length in 32 bits, big-endian: passt's, QEMU's `-netdev stream`.
// Errors: base::Error (kHost): nobody listens there.
std::unique_ptr<NetBackend> connect_stream(const std::string& path);
// The same over a connected socket.
std::unique_ptr<NetBackend> make_stream(base::Fd socket);
// Throw what connect_stream() would, as far as can be seen without connecting.
void check_stream(const std::string& path);

}  // namespace vireo::emulated
