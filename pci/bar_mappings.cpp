#include "pci/bar_mappings.h"

#include <algorithm>

namespace vireo::pci {
namespace {

bool covers(const DecodedBar& a, const DecodedBar& b) {
  return a.io == b.io && a.address < b.address + b.size && b.address < a.address + a.size;
}

// Overlap while a guest reprograms is normal: the first in tree order answers, the others do not until it moves.
void drop_overlaps(std::vector<BarMappings::Mapping>& mappings, const std::vector<base::GuestRange>& occupied) {
  std::vector<BarMappings::Mapping> kept;
  for (const BarMappings::Mapping& mapping : mappings) {
    const auto range = base::GuestRange::make(base::GuestAddress(mapping.bar.address), mapping.bar.size);
    const bool clear = range && std::none_of(kept.begin(), kept.end(),
                                             [&](const auto& other) { return covers(mapping.bar, other.bar); });
    const bool free =
        mapping.bar.io || (range && std::none_of(occupied.begin(), occupied.end(),
                                                 [&](const auto& taken) { return taken.overlaps(*range); }));
    if (clear && free) kept.push_back(mapping);
  }
  mappings = std::move(kept);
}

platform::MemorySlots::Doorbell doorbell_at(const DecodedBar& bar, const BarDoorbell& bell) {
  return {.address = bar.address + bell.offset, .width = bell.width, .port = bar.io};
}

}  // namespace

void BarMappings::update(std::vector<Mapping> wanted) {
  drop_overlaps(wanted, occupied_);
  if (wanted == mapped_) return;
  for (const Mapping& old : mapped_)
    if (std::find(wanted.begin(), wanted.end(), old) == wanted.end()) unmap(old);
  // What is refused (an I/O BAR over a port of the board's) is not ours to take away later.
  std::erase_if(wanted, [this](Mapping& mapping) {
    const auto old = std::find(mapped_.begin(), mapped_.end(), mapping);
    if (old == mapped_.end()) return !map(mapping);
    mapping.bells = old->bells;
    return false;
  });
  mapped_ = std::move(wanted);
}

bool BarMappings::map(Mapping& mapping) {
  const DecodedBar& bar = mapping.bar;
  platform::IoBus& bus = bar.io ? spaces_.ports : spaces_.memory;
  if (!bus.add(bar.address, bar.size, *mapping.handler)) return false;
  for (const DirectRegion& region : mapping.function->direct_regions(bar.bar))
    if (const auto start = base::GuestAddress(bar.address).plus(region.offset))
      spaces_.slots.map(*start, region.host, region.size, region.read_only);
  attach_doorbells(mapping);
  return true;
}

void BarMappings::unmap(const Mapping& mapping) noexcept {
  const DecodedBar& bar = mapping.bar;
  for (const DirectRegion& region : mapping.function->direct_regions(bar.bar))
    if (const auto start = base::GuestAddress(bar.address).plus(region.offset)) spaces_.slots.unmap(*start);
  detach_doorbells(mapping);
  (bar.io ? spaces_.ports : spaces_.memory).remove(bar.address);
}

void BarMappings::attach_doorbells(Mapping& mapping) noexcept {
  mapping.bells = mapping.function->doorbells(mapping.bar.bar);
  for (const BarDoorbell& bell : mapping.bells) spaces_.slots.add_doorbell(doorbell_at(mapping.bar, bell), *bell.event);
}

void BarMappings::detach_doorbells(const Mapping& mapping) noexcept {
  for (const BarDoorbell& bell : mapping.bells)
    spaces_.slots.remove_doorbell(doorbell_at(mapping.bar, bell), *bell.event);
}

void BarMappings::update_doorbells(const PciFunction& function) noexcept {
  for (Mapping& mapping : mapped_) {
    if (mapping.function != &function) continue;
    detach_doorbells(mapping);
    attach_doorbells(mapping);
  }
}

void BarMappings::unmap_all() noexcept {
  for (const Mapping& mapping : mapped_) unmap(mapping);
  mapped_.clear();
}

}  // namespace vireo::pci
