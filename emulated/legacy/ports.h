#pragma once

#include <cstdint>
#include <mutex>
#include <span>

#include "vmm/platform/io_bus.h"

namespace vireo::emulated {

// A range of I/O ports a device answers: IoBus::add(start, size, device).
struct PortRange {
  uint16_t start;
  uint16_t size;
};

// What a byte access asks of the outside world; each device has its own codes, 0 is nothing.
using Effect = uint16_t;
constexpr Effect kNoEffect = 0;

// A device of byte-wide registers. An access of any width becomes byte accesses in ascending order; offsets past the
// device read all-ones and drop stores. Effects run after the lock is dropped, in order.
// Thread: any; one access at a time.
class BytePorts : public platform::IoHandler {
 public:
  void read(uint64_t offset, std::span<uint8_t> data) noexcept final;
  void write(uint64_t offset, std::span<const uint8_t> data) noexcept final;

 protected:
  explicit BytePorts(uint16_t size) : size_(size) {}

  // Both run with mutex_ held.
  virtual uint8_t read_byte(uint16_t offset, Effect& effect) noexcept = 0;
  virtual void write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept = 0;
  // Run once after the bytes of an access, with mutex_ held.
  virtual void access_done() noexcept {}
  // Runs without the lock.
  virtual void perform(Effect) noexcept {}

  std::mutex mutex_;

 private:
  uint16_t size_;
};

}  // namespace vireo::emulated
