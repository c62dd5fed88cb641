#pragma once

#include <span>
#include <vector>

#include "pci/function.h"
#include "vmm/platform/io_bus.h"
#include "vmm/platform/memory_slots.h"

namespace vireo::pci {

// What of the BARs is mapped in the guest's address spaces now: traps, memory without traps, doorbells.
// Thread: one at a time.
class BarMappings {
 public:
  struct Spaces {
    platform::IoBus& memory;
    platform::IoBus& ports;
    platform::MemorySlots& slots;
  };
  struct Mapping {
    PciFunction* function = nullptr;
    platform::IoHandler* handler = nullptr;  // of its traps
    DecodedBar bar;
    std::span<const BarDoorbell> bells = {};  // that ring now
    bool operator==(const Mapping& other) const { return function == other.function && bar == other.bar; }
  };

  // `occupied`: guest-physical ranges that no BAR may cover. Lifetime: the spaces outlive this.
  BarMappings(const Spaces& spaces, std::vector<base::GuestRange> occupied)
      : spaces_(spaces), occupied_(std::move(occupied)) {}

  // Have what is wanted, in the tree's order, less what would cover something else: unmap all that moved, then map what
  // is new. Lifetime: functions and handlers stay until they are wanted no more.
  void update(std::vector<Mapping> wanted);
  // A function's doorbells() changed.
  void update_doorbells(const PciFunction& function) noexcept;
  void unmap_all() noexcept;

 private:
  bool map(Mapping& mapping);
  void unmap(const Mapping& mapping) noexcept;
  void attach_doorbells(Mapping& mapping) noexcept;
  void detach_doorbells(const Mapping& mapping) noexcept;

  Spaces spaces_;
  std::vector<base::GuestRange> occupied_;
  std::vector<Mapping> mapped_;
};

}  // namespace vireo::pci
