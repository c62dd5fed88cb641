#pragma once

#include <deque>
#include <map>
#include <vector>

#include "emulated/virtio/virtqueue.h"

namespace vireo::emulated {

// The driver's side of a virtqueue, for tests: makes chains available and takes them back, as virtio 1.2 tells drivers
// to.
class RingDriver {
 public:
  struct Buffer {
    uint64_t address = 0;
    uint32_t length = 0;
    bool write = false;
  };
  using Buffers = std::vector<Buffer>;
  struct Used {
    uint16_t id = 0;
    uint32_t written = 0;
    auto operator<=>(const Used&) const = default;
  };

  static constexpr uint64_t kDescriptors = 0x1000;
  static constexpr uint64_t kDriver = 0x9000;
  static constexpr uint64_t kDevice = 0xc000;
  static constexpr uint64_t kTables = 0x10000;
  static constexpr uint64_t kBuffers = 0x40000;

  RingDriver(const platform::GuestMemory& memory, uint16_t size) : memory_(memory), size_(size) {}
  virtual ~RingDriver() = default;

  QueueLayout layout() const {
    return {.size = size_,
            .descriptors = base::GuestAddress(kDescriptors),
            .driver = base::GuestAddress(kDriver),
            .device = base::GuestAddress(kDevice)};
  }

  // Make one chain available; return its id.
  virtual uint16_t add(const Buffers& buffers) = 0;
  virtual uint16_t add_indirect(const Buffers& buffers) = 0;
  // What the device has used since the last call.
  virtual std::vector<Used> take() = 0;
  // Ask for an interrupt at each use, at none, or when `more` descriptors from now on are used (event index).
  virtual void want_always() = 0;
  virtual void want_never() = 0;
  virtual void want_after(uint16_t more) = 0;
  // Whether the device asks for a doorbell for the last `added` chains of one descriptor.
  virtual bool doorbell_wanted(uint16_t added) = 0;

 protected:
  template <typename T>
  T load(uint64_t address) const {
    T value{};
    memory_.read(base::GuestAddress(address), {reinterpret_cast<uint8_t*>(&value), sizeof value});
    return value;
  }
  template <typename T>
  void store(uint64_t address, T value) const {
    memory_.write_object(base::GuestAddress(address), value);
  }

  const platform::GuestMemory& memory_;
  uint16_t size_;
};

class SplitDriver final : public RingDriver {
 public:
  using RingDriver::RingDriver;

  uint16_t add(const Buffers& buffers) override {
    const uint16_t head = free_;
    for (size_t i = 0; i < buffers.size(); ++i) {
      const bool last = i + 1 == buffers.size();
      put(kDescriptors, free_, buffers[i], last ? 0 : 1, static_cast<uint16_t>((free_ + 1) % size_));
      free_ = static_cast<uint16_t>((free_ + 1) % size_);
    }
    offer(head);
    return head;
  }
  uint16_t add_indirect(const Buffers& buffers) override {
    const uint64_t table = kTables + free_ * 0x400u;
    for (uint16_t i = 0; i < buffers.size(); ++i)
      put(table, i, buffers[i], i + 1u == buffers.size() ? 0 : 1, static_cast<uint16_t>(i + 1));
    const uint16_t head = free_;
    put(kDescriptors, head, {table, static_cast<uint32_t>(buffers.size() * 16)}, 4, 0);
    free_ = static_cast<uint16_t>((free_ + 1) % size_);
    offer(head);
    return head;
  }
  std::vector<Used> take() override {
    std::vector<Used> all;
    for (; seen_ != load<uint16_t>(kDevice + 2); ++seen_) {
      const uint64_t element = kDevice + 4 + seen_ % size_ * 8u;
      all.push_back({static_cast<uint16_t>(load<uint32_t>(element)), load<uint32_t>(element + 4)});
    }
    return all;
  }
  void want_always() override { store<uint16_t>(kDriver, 0); }
  void want_never() override { store<uint16_t>(kDriver, 1); }
  void want_after(uint16_t more) override {
    store(kDriver + 4 + size_ * 2u, static_cast<uint16_t>(load<uint16_t>(kDevice + 2) + more - 1));
  }
  bool doorbell_wanted(uint16_t added) override {
    const auto event = load<uint16_t>(kDevice + 4 + size_ * 8u);
    return static_cast<uint16_t>(available_ - event - 1) < added;
  }

  void put(uint64_t table, unsigned index, const Buffer& buffer, uint16_t flags, uint16_t next) const {
    const uint64_t at = table + index * 16u;
    store(at, buffer.address);
    store(at + 8, buffer.length);
    store(at + 12, static_cast<uint16_t>(flags | (buffer.write ? 2 : 0)));
    store(at + 14, next);
  }
  void offer(uint16_t head) {
    store(kDriver + 4 + available_ % size_ * 2u, head);
    store(kDriver + 2, ++available_);
  }
  bool no_doorbell_flag() const { return (load<uint16_t>(kDevice) & 1) != 0; }

 private:
  uint16_t free_ = 0;
  uint16_t available_ = 0;
  uint16_t seen_ = 0;
};

class PackedDriver final : public RingDriver {
 public:
  using RingDriver::RingDriver;

  uint16_t add(const Buffers& buffers) override {
    const uint16_t id = next_id_++;
    const Place first = next_;
    uint16_t first_flags = 0;
    for (size_t i = 0; i < buffers.size(); ++i) {
      const bool more = i + 1 < buffers.size();
      const uint16_t flags = flags_of(next_, (buffers[i].write ? 2 : 0) | (more ? 1 : 0));
      put(kDescriptors, next_.index, buffers[i], id, i == 0 ? old_flags(first) : flags);
      if (i == 0) first_flags = flags;
      step(next_, 1);
    }
    lengths_[id] = static_cast<uint16_t>(buffers.size());
    store(kDescriptors + first.index * 16u + 14, first_flags);
    return id;
  }
  uint16_t add_indirect(const Buffers& buffers) override {
    const uint16_t id = next_id_++;
    const uint64_t table = kTables + next_.index * 0x400u;
    for (uint16_t i = 0; i < buffers.size(); ++i) put(table, i, buffers[i], 0, buffers[i].write ? 2 : 0);
    put(kDescriptors, next_.index, {table, static_cast<uint32_t>(buffers.size() * 16)}, id, flags_of(next_, 4));
    step(next_, 1);
    lengths_[id] = 1;
    return id;
  }
  std::vector<Used> take() override {
    std::vector<Used> all;
    while (true) {
      const auto flags = load<uint16_t>(kDescriptors + seen_.index * 16u + 14);
      if (((flags & 0x80) != 0) != seen_.wrap || ((flags & 0x8000) != 0) != seen_.wrap) return all;
      const auto id = load<uint16_t>(kDescriptors + seen_.index * 16u + 12);
      all.push_back({id, load<uint32_t>(kDescriptors + seen_.index * 16u + 8)});
      step(seen_, lengths_.at(id));
    }
  }
  void want_always() override { store<uint16_t>(kDriver + 2, 0); }
  void want_never() override { store<uint16_t>(kDriver + 2, 1); }
  void want_after(uint16_t more) override {
    Place place = seen_;
    step(place, static_cast<uint16_t>(more - 1));
    store(kDriver, static_cast<uint16_t>(place.index | (place.wrap ? 0x8000 : 0)));
    store<uint16_t>(kDriver + 2, 2);
  }
  bool doorbell_wanted(uint16_t added) override {
    const auto flags = load<uint16_t>(kDevice + 2);
    if (flags != 2) return flags == 0;
    const auto event = load<uint16_t>(kDevice);
    const auto position = static_cast<uint16_t>((event & 0x7fff) - (((event >> 15) != 0) == next_.wrap ? 0 : size_));
    return static_cast<uint16_t>(next_.index - position - 1) < added;
  }

  void put(uint64_t table, unsigned index, const Buffer& buffer, uint16_t id, uint16_t flags) const {
    const uint64_t at = table + index * 16u;
    store(at, buffer.address);
    store(at + 8, buffer.length);
    store(at + 12, id);
    store(at + 14, flags);
  }

 private:
  struct Place {
    uint16_t index = 0;
    bool wrap = true;
  };
  static uint16_t flags_of(const Place& place, unsigned flags) {
    return static_cast<uint16_t>(flags | (place.wrap ? 0x80 : 0x8000));
  }
  static uint16_t old_flags(const Place& place) { return place.wrap ? 0 : 0x8080; }
  void step(Place& place, uint16_t by) const {
    const unsigned index = place.index + by;
    if (index >= size_) place.wrap = !place.wrap;
    place.index = static_cast<uint16_t>(index % size_);
  }

  Place next_;
  Place seen_;
  uint16_t next_id_ = 0;
  std::map<uint16_t, uint16_t> lengths_;
};

}  // namespace vireo::emulated
