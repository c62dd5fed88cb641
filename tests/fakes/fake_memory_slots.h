#pragma once

#include <map>

#include "vmm/platform/memory_slots.h"

namespace vireo::fakes {

// Records what is mapped.
class FakeMemorySlots final : public platform::MemorySlots {
 public:
  bool map(base::GuestAddress start, base::HostAddress host, uint64_t size, bool) noexcept override {
    mapped[start.value()] = {host.value(), size};
    ++maps;
    return true;
  }
  void unmap(base::GuestAddress start) noexcept override {
    mapped.erase(start.value());
    ++unmaps;
  }
  bool add_doorbell(const Doorbell&, const base::EventFd&) noexcept override { return true; }
  void remove_doorbell(const Doorbell&, const base::EventFd&) noexcept override {}

  struct Slot {
    uint64_t host;
    uint64_t size;
  };
  std::map<uint64_t, Slot> mapped;
  unsigned maps = 0;
  unsigned unmaps = 0;
};

}  // namespace vireo::fakes
