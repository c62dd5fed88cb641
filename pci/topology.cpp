#include "pci/topology.h"

#include <algorithm>

#include "vmm/base/bits.h"

namespace vireo::pci {
namespace {

using base::align_up;

enum class Space { kIo, kMemory, kPrefetchable };

constexpr uint64_t granularity(Space space) {
  return space == Space::kIo ? 4 * base::kKiB : base::kMiB;
}

constexpr const char* name_of(Space space) {
  switch (space) {
    case Space::kIo:
      return "I/O";
    case Space::kMemory:
      return "32-bit memory";
    case Space::kPrefetchable:
      return "64-bit prefetchable memory";
  }
  return "";
}

constexpr Window Windows::*window_of(Space space) {
  switch (space) {
    case Space::kIo:
      return &Windows::io;
    case Space::kMemory:
      return &Windows::memory;
    case Space::kPrefetchable:
      return &Windows::prefetchable;
  }
  return nullptr;
}

// A bridge forwards 64-bit addresses through its prefetchable window only. PCIe 6.0 7.5.1.3.9.
constexpr bool belongs(const Bar& bar, Space space) {
  if (bar.kind == BarKind::kNone) return false;
  if (bar.kind == BarKind::kIo) return space == Space::kIo;
  const bool high = bar.kind == BarKind::kMemory64 && bar.prefetchable;
  return space == (high ? Space::kPrefetchable : Space::kMemory);
}

// Something to be placed: a BAR, or the window of a bridge.
struct Item {
  uint64_t size;
  uint64_t alignment;
  PlannedFunction* function;
  int bar;  // -1: the bridge's window
};

std::vector<Item> items_of(std::vector<PlannedFunction>& bus, Space space);

// Place items one behind the other from `base`; return the end.
template <typename Place>
uint64_t pack(const std::vector<Item>& items, uint64_t base, Place place) {
  for (const Item& item : items) {
    base = align_up(base, item.alignment);
    place(item, base);
    base += item.size;
  }
  return base;
}

Item window_item(PlannedFunction& bridge, Space space) {
  const std::vector<Item> below = items_of(bridge.below, space);
  uint64_t alignment = granularity(space);
  for (const Item& item : below) alignment = std::max(alignment, item.alignment);
  const uint64_t end = pack(below, 0, [](const Item&, uint64_t) {});
  return {.size = align_up(end, granularity(space)), .alignment = alignment, .function = &bridge, .bar = -1};
}

std::vector<Item> items_of(std::vector<PlannedFunction>& bus, Space space) {
  std::vector<Item> items;
  for (PlannedFunction& function : bus) {
    for (unsigned i = 0; i < kBars; ++i) {
      const Bar& bar = function.bars[i];
      if (belongs(bar, space)) items.push_back({bar.size, bar.size, &function, static_cast<int>(i)});
    }
    if (!function.bridge) continue;
    const Item window = window_item(function, space);
    if (window.size != 0) items.push_back(window);
  }
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.alignment > b.alignment; });
  return items;
}

void place_all(std::vector<PlannedFunction>& bus, Space space, uint64_t base) {
  pack(items_of(bus, space), base, [space](const Item& item, uint64_t at) {
    if (item.bar >= 0) {
      item.function->addresses.at(static_cast<size_t>(item.bar)) = at;
      return;
    }
    item.function->windows.*window_of(space) = {at, item.size};
    place_all(item.function->below, space, at);
  });
}

void number_buses(std::vector<PlannedFunction>& bus, uint8_t number, unsigned& next) {
  for (PlannedFunction& function : bus) {
    function.bus = number;
    if (!function.bridge) continue;
    function.secondary = static_cast<uint8_t>(next++);
    number_buses(function.below, function.secondary, next);
    function.subordinate = static_cast<uint8_t>(next - 1);
  }
}

std::string hexadecimal(uint64_t value) {
  char text[20];
  std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(value));
  return text;
}

// Name what is too large, the largest item first.
std::string overflow_message(const std::vector<Item>& items, Space space, uint64_t need, const Window& window) {
  std::string message = std::string("the devices need ") + hexadecimal(need) + " bytes of " + name_of(space) +
                        " window, the guest has " + hexadecimal(window.size);
  if (!items.empty()) message += "; the largest is below " + items.front().function->name;
  return message;
}

}  // namespace

std::vector<std::string> assign_resources(std::vector<PlannedFunction>& root_bus, const Windows& available) {
  std::vector<std::string> problems;
  unsigned next = 1;
  number_buses(root_bus, 0, next);
  if (next > 256) problems.push_back("the tree has " + std::to_string(next) + " buses, PCI has 256");
  for (const Space space : {Space::kIo, Space::kMemory, Space::kPrefetchable}) {
    const std::vector<Item> items = items_of(root_bus, space);
    const Window& window = available.*window_of(space);
    const uint64_t end = pack(items, window.base, [](const Item&, uint64_t) {});
    if (end - window.base > window.size)
      problems.push_back(overflow_message(items, space, end - window.base, window));
    else
      place_all(root_bus, space, window.base);
  }
  return problems;
}

uint64_t prefetchable_need(std::vector<PlannedFunction>& root_bus) {
  const std::vector<Item> items = items_of(root_bus, Space::kPrefetchable);
  // The window's own base is a multiple of the largest alignment only by luck: leave room for it.
  const uint64_t slack = items.empty() ? 0 : items.front().alignment;
  return pack(items, 0, [](const Item&, uint64_t) {}) + slack;
}

uint64_t io_need(std::vector<PlannedFunction>& root_bus) {
  return pack(items_of(root_bus, Space::kIo), 0, [](const Item&, uint64_t) {});
}

uint8_t last_bus(const std::vector<PlannedFunction>& root_bus) {
  uint8_t last = 0;
  for (const PlannedFunction& function : root_bus) last = std::max(last, function.subordinate);
  return last;
}

}  // namespace vireo::pci
