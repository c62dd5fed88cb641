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
  bool add_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept override {
    (doorbell.port ? port_doorbells : doorbells)[doorbell.address] = event.get();
    return true;
  }
  void remove_doorbell(const Doorbell& doorbell, const base::EventFd&) noexcept override {
    (doorbell.port ? port_doorbells : doorbells).erase(doorbell.address);
  }

  struct Slot {
    uint64_t host;
    uint64_t size;
  };
  std::map<uint64_t, Slot> mapped;
  std::map<uint64_t, int> doorbells;  // descriptors, by address
  std::map<uint64_t, int> port_doorbells;
  unsigned maps = 0;
  unsigned unmaps = 0;
};

}  // namespace vireo::fakes
