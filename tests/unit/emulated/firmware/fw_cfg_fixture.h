#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "emulated/firmware/fw_cfg.h"
#include "vmm/base/bits.h"

// What the tests of fw_cfg share: the device, and a guest that uses its ports and DMA.
// Clauses quoted by the tests: QEMU docs/specs/fw_cfg.rst.
namespace vireo::emulated {

using Bytes = std::vector<uint8_t>;

inline constexpr uint64_t kMemory = 64 * base::kKiB;
inline constexpr uint64_t kRequest = 0x1000;
inline constexpr uint64_t kTarget = 0x2000;
inline constexpr uint8_t kUntouched = 0xa5;  // all of the guest's memory at first

inline constexpr uint32_t kError = 1;
inline constexpr uint32_t kRead = 2;
inline constexpr uint32_t kSkip = 4;
inline constexpr uint32_t kSelect = 8;
inline constexpr uint32_t kWrite = 16;

inline constexpr uint16_t kList = 0x19;
inline constexpr uint16_t kFirst = 0x20;
inline constexpr uint16_t kSecond = 0x21;
inline constexpr uint16_t kNobodys = 0x77;

inline Bytes big_endian(uint64_t value, unsigned width) {
  Bytes bytes;
  for (unsigned i = width; i-- > 0;) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
  return bytes;
}

inline uint32_t selecting(uint16_t key) {
  return uint32_t{key} << 16 | kSelect;
}

// The device with two files: "letters" of 5 bytes, "numbers" of 3.
class FwCfgTest : public testing::Test {
 protected:
  FwCfgTest() {
    std::ranges::fill(memory.bytes(base::GuestAddress(0), kMemory), kUntouched);
    device.add_file("letters", {'a', 'b', 'c', 'd', 'e'});
    device.add_file("numbers", {1, 2, 3});
  }
  void store(uint64_t offset, const Bytes& data) { device.write(offset, data); }
  Bytes load(uint64_t offset, size_t width) {
    Bytes data(width, 0xee);
    device.read(offset, data);
    return data;
  }
  void select(uint16_t key) { store(0, {static_cast<uint8_t>(key), static_cast<uint8_t>(key >> 8)}); }
  // By the data port, a byte each.
  Bytes take(size_t count) {
    Bytes bytes;
    for (size_t i = 0; i < count; ++i) bytes.push_back(load(1, 1)[0]);
    return bytes;
  }
  Bytes item(uint16_t key, size_t count) {
    select(key);
    return take(count);
  }
  Bytes guest(uint64_t address, size_t count) {
    Bytes bytes(count);
    memory.read(base::GuestAddress(address), bytes);
    return bytes;
  }
  void put_request(uint32_t control, uint32_t length, uint64_t target = kTarget, uint64_t at = kRequest) {
    memory.write(base::GuestAddress(at), big_endian(control, 4));
    memory.write(base::GuestAddress(at + 4), big_endian(length, 4));
    memory.write(base::GuestAddress(at + 8), big_endian(target, 8));
  }
  uint32_t result() {
    const Bytes control = guest(kRequest, 4);
    return static_cast<uint32_t>(control[0] << 24 | control[1] << 16 | control[2] << 8 | control[3]);
  }
  // Have a request carried out; return what its control field is then.
  uint32_t ask(uint32_t control, uint32_t length, uint64_t target = kTarget) {
    put_request(control, length, target);
    store(4, big_endian(kRequest, 8));
    return result();
  }

  platform::GuestMemory memory{{{.range = *base::GuestRange::make(base::GuestAddress(0), kMemory), .offset = 0}}, {}};
  FwCfg device{memory};
};

}  // namespace vireo::emulated
