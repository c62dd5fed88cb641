#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "vmm/platform/guest_memory.h"

namespace vireo::emulated {

// Virtio: the device side of a virtqueue.
// State: complete for what is named here.
// Features: split and packed rings, indirect descriptors, event index.
// Missing: in-order completion, notification data.
// Source: virtio 1.2, 2.6 to 2.8.

// Feature bits that shape a queue. virtio 1.2 6.
constexpr uint64_t kFeatureIndirect = uint64_t{1} << 28;
constexpr uint64_t kFeatureEventIndex = uint64_t{1} << 29;
constexpr uint64_t kFeatureVersion1 = uint64_t{1} << 32;
constexpr uint64_t kFeaturePackedRing = uint64_t{1} << 34;
constexpr uint64_t kFeatureQueueReset = uint64_t{1} << 40;  // of the transport

constexpr uint16_t kMaxQueueSize = 1024;
// Of one chain: an indirect table may hold more descriptors than the queue has.
constexpr unsigned kMaxSegments = 1024;

// Where a queue's three parts are. Split: descriptor table, available and used ring. Packed: descriptor ring, driver
// and device event suppression.
struct QueueLayout {
  uint16_t size = 0;  // descriptors
  base::GuestAddress descriptors{0};
  base::GuestAddress driver{0};
  base::GuestAddress device{0};
};

// What complete() takes to give a chain back.
struct ChainId {
  uint16_t id = 0;
  uint16_t descriptors = 0;  // of the ring itself
  auto operator<=>(const ChainId&) const = default;
};

// Buffers that the driver made available together: what the device reads, then what it writes.
// Lifetime: the lists until the queue's next pop(); the bytes are the guest's, which may change them at any moment.
struct Chain {
  ChainId id;
  std::span<const std::span<uint8_t>> readable;
  std::span<const std::span<uint8_t>> writable;
};

// A virtqueue in guest memory. All that the driver writes there is checked: a chain that loops, is too long, leaves RAM
// or is out of order breaks the queue, which stays so; the device then needs a reset (virtio 1.2 2.1.2). Thread: one at
// a time.
class Virtqueue {
 public:
  virtual ~Virtqueue() = default;
  Virtqueue(const Virtqueue&) = delete;
  Virtqueue& operator=(const Virtqueue&) = delete;

  // Take the next chain; nothing when there is none, or when the queue is broken.
  std::optional<Chain> pop() noexcept;
  // Give a chain back, with `written` bytes of its writable part filled. In any order.
  void complete(ChainId id, uint32_t written) noexcept;
  // By now at the latest the driver sees what was completed since the last call. Return whether it wants an interrupt.
  virtual bool publish() noexcept = 0;
  // Ask for doorbells, or ask for none. Return whether chains are there already, for which no doorbell may come.
  virtual bool want_doorbells(bool wanted) noexcept = 0;

  bool broken() const noexcept { return broken_; }
  uint16_t size() const noexcept { return size_; }

 protected:
  // A descriptor of either ring, copied once.
  struct Descriptor {
    uint64_t address = 0;
    uint32_t length = 0;
    bool next = false;
    bool write = false;
    bool indirect = false;

    // Of the flags that both rings have. virtio 1.2 2.7.5, 2.8.13.
    static Descriptor make(uint64_t address, uint32_t length, uint16_t flags) {
      return {.address = address,
              .length = length,
              .next = (flags & kNext) != 0,
              .write = (flags & kWrite) != 0,
              .indirect = (flags & kIndirect) != 0};
    }
    static constexpr uint16_t kNext = 1;
    static constexpr uint16_t kWrite = 2;
    static constexpr uint16_t kIndirect = 4;
  };
  enum class Take { kNothing, kChain, kBroken };

  Virtqueue(const platform::GuestMemory& memory, uint16_t size, uint64_t features);

  // Collect the next chain's descriptors by add(), and its id.
  virtual Take take(ChainId& id) noexcept = 0;
  virtual void put(ChainId id, uint32_t written) noexcept = 0;

  // Append a buffer. False: it breaks the rules.
  bool add(const Descriptor& descriptor) noexcept;
  // The table that an indirect descriptor names; nothing: it breaks the rules.
  std::optional<std::span<uint8_t>> indirect_table(const Descriptor& descriptor) const noexcept;
  bool has(uint64_t feature) const noexcept { return (features_ & feature) != 0; }

 private:
  const platform::GuestMemory& memory_;
  uint64_t features_;
  uint16_t size_;
  uint16_t in_flight_ = 0;  // descriptors
  bool broken_ = false;
  bool writing_ = false;  // a writable buffer has come: only such may follow
  std::vector<std::span<uint8_t>> segments_;
  size_t readable_ = 0;
};

// Return a queue in guest memory; nothing when the layout breaks the rules: a size that is none, parts that are not
// aligned or not in RAM. Lifetime: `memory` outlives it.
std::unique_ptr<Virtqueue> make_virtqueue(const platform::GuestMemory& memory, const QueueLayout& layout,
                                          uint64_t features);

}  // namespace vireo::emulated
