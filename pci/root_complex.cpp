#include "pci/root_complex.h"

#include <algorithm>
#include <array>

#include "vmm/base/bits.h"
#include "vmm/platform/memory_map.h"

namespace vireo::pci {
namespace {

// Answers a BAR's traps.
class BarHandler final : public platform::IoHandler {
 public:
  BarHandler(RootComplex& complex, PciFunction& function, unsigned bar)
      : complex_(complex), function_(function), bar_(bar) {}

  void read(uint64_t offset, std::span<uint8_t> data) noexcept override { function_.read_bar(bar_, offset, data); }
  void write(uint64_t offset, std::span<const uint8_t> data) noexcept override {
    if (function_.write_bar(bar_, offset, data).doorbells) complex_.update_doorbells(function_);
  }

 private:
  RootComplex& complex_;
  PciFunction& function_;
  unsigned bar_;
};

constexpr bool inside(const Window& window, const DecodedBar& bar) {
  return window.size >= bar.size && bar.address >= window.base && bar.address - window.base <= window.size - bar.size;
}

// A bridge forwards what lies in any of its windows, whichever its parent's window is. PCI-to-PCI bridge 1.2 4.
constexpr bool forwarded(const Windows& open, const DecodedBar& bar) {
  return bar.io ? inside(open.io, bar) : inside(open.memory, bar) || inside(open.prefetchable, bar);
}

// The root bus forwards everything.
constexpr Windows kEverything{{0, 0x10000}, {0, platform::kAddressEnd}, {0, platform::kAddressEnd}};

}  // namespace

struct RootComplex::Node {
  uint8_t devfn;
  std::unique_ptr<PciFunction> function;
  PciBridge* bridge;  // the same object, when it is one
  Bus below;
  std::vector<BarHandler> handlers;
};

namespace {

// Write a bridge's bus numbers and windows, and let it forward. PCIe 6.0 7.5.1.3.
void program_bridge(PciBridge& bridge, const PlannedFunction& planned) {
  const auto write = [&bridge](uint16_t offset, unsigned width, uint64_t value) {
    bridge.write_config(offset, width, static_cast<uint32_t>(value));
  };
  write(kPrimaryBus, 1, planned.bus);
  write(kSecondaryBus, 1, planned.secondary);
  write(kSubordinateBus, 1, planned.subordinate);
  const auto& [io, memory, prefetchable] = planned.windows;
  if (io.size != 0) {
    write(kIoBase, 1, io.base >> 8);
    write(kIoLimit, 1, (io.base + io.size - 1) >> 8);
  }
  if (memory.size != 0) {
    write(kMemoryBase, 2, memory.base >> 16);
    write(kMemoryLimit, 2, (memory.base + memory.size - 1) >> 16);
  }
  if (prefetchable.size != 0) {
    const uint64_t last = prefetchable.base + prefetchable.size - 1;
    write(kPrefetchableBase, 2, prefetchable.base >> 16);
    write(kPrefetchableLimit, 2, last >> 16);
    write(kPrefetchableBaseUpper, 4, prefetchable.base >> 32);
    write(kPrefetchableLimitUpper, 4, last >> 32);
  }
  write(kCommand, 2, kCommandIo | kCommandMemory | kCommandBusMaster);
}

}  // namespace

RootComplex::RootComplex(const BarMappings::Spaces& spaces, std::vector<base::GuestRange> occupied)
    : mappings_(spaces, std::move(occupied)) {}

RootComplex::~RootComplex() {
  unmap_all();
}

RootComplex::Node* RootComplex::node_of(Bus& bus, const PciBridge* bridge) {
  for (auto& node : bus) {
    if (node->bridge == bridge) return node.get();
    if (Node* found = node_of(node->below, bridge)) return found;
  }
  return nullptr;
}

RootComplex::Bus& RootComplex::bus_below(const PciBridge* parent) {
  Node* node = parent == nullptr ? nullptr : node_of(root_bus_, parent);
  return node == nullptr ? root_bus_ : node->below;
}

PciFunction& RootComplex::add(PciBridge* parent, uint8_t devfn, std::unique_ptr<PciFunction> function) {
  const std::lock_guard lock(mutex_);
  auto node = std::make_unique<Node>();
  node->devfn = devfn;
  node->bridge = dynamic_cast<PciBridge*>(function.get());
  node->function = std::move(function);
  for (unsigned bar = 0; bar < kBars; ++bar) node->handlers.emplace_back(*this, *node->function, bar);
  PciFunction& added = *node->function;
  bus_below(parent).push_back(std::move(node));
  return added;
}

// PCIe 6.0 7.3.3: a bridge claims what lies between its secondary and subordinate bus numbers.
RootComplex::Node* RootComplex::find(Bus& bus, uint8_t number, uint8_t wanted_bus, uint8_t devfn) noexcept {
  for (auto& node : bus) {
    if (wanted_bus == number && node->devfn == devfn) return node.get();
    if (wanted_bus == number || node->bridge == nullptr || !node->bridge->powered()) continue;
    const uint8_t secondary = node->bridge->secondary();
    if (secondary == number || wanted_bus < secondary || wanted_bus > node->bridge->subordinate()) continue;
    return find(node->below, secondary, wanted_bus, devfn);
  }
  return nullptr;
}

uint32_t RootComplex::read_config(uint8_t bus, uint8_t devfn, uint16_t offset, unsigned width) noexcept {
  const std::lock_guard lock(mutex_);
  Node* node = find(root_bus_, 0, bus, devfn);
  return node == nullptr ? static_cast<uint32_t>(base::all_ones(width)) : node->function->read_config(offset, width);
}

void RootComplex::write_config(uint8_t bus, uint8_t devfn, uint16_t offset, unsigned width, uint32_t value) noexcept {
  const std::lock_guard lock(mutex_);
  Node* node = find(root_bus_, 0, bus, devfn);
  if (node == nullptr) return;
  const ConfigEffects effects = node->function->write_config(offset, width, value);
  if (effects.reset_below) reset_bus(node->below);
  if (effects.decode || effects.reset_below) update_mappings();
}

void RootComplex::reset_bus(Bus& bus) noexcept {
  for (auto& node : bus) {
    node->function->reset();
    reset_bus(node->below);
  }
}

// `place` is a bus to begin with, and the function's own then.
bool RootComplex::find_place(const PciFunction& function, Place& place) {
  const Place here = place;
  for (size_t i = 0; i < here.bus->size(); ++i) {
    Node& node = *(*here.bus)[i];
    place = here;
    place.index = i;
    if (node.function.get() == &function) return true;
    if (node.bridge == nullptr) continue;
    place = {.bus = &node.below,
             .above = node.bridge,
             .root_port = here.root_port == nullptr ? node.bridge : here.root_port,
             .number = node.bridge->secondary()};
    if (find_place(function, place)) return true;
  }
  return false;
}

void RootComplex::detach(const PciFunction& function) noexcept {
  const std::lock_guard lock(mutex_);
  Place place{.bus = &root_bus_};
  if (!find_place(function, place)) return;
  const auto node = place.bus->begin() + static_cast<std::ptrdiff_t>(place.index);
  detached_.push_back(std::move(*node));
  place.bus->erase(node);
  if (place.bus->empty() && place.above != nullptr) place.above->unplug();
  update_mappings();
}

bool RootComplex::ask_to_let_go(const PciFunction& function, const base::EventFd& powered_off) noexcept {
  const std::lock_guard lock(mutex_);
  Place place{.bus = &root_bus_};
  return find_place(function, place) && place.above != nullptr && place.above->press_attention(powered_off);
}

void RootComplex::offer_again(const PciFunction& function) noexcept {
  const std::lock_guard lock(mutex_);
  Place place{.bus = &root_bus_};
  if (!find_place(function, place) || place.above == nullptr) return;
  // It was without power, if only for the guest. PCIe 6.0 6.6.1.
  if (!place.above->powered()) reset_bus(*place.bus);
  place.above->offer_again();
  update_mappings();
}

bool RootComplex::report_fatal_error(const PciFunction& function) noexcept {
  const std::lock_guard lock(mutex_);
  Place place{.bus = &root_bus_};
  if (!find_place(function, place) || place.root_port == nullptr) return false;
  return place.root_port->report_fatal_error(
      static_cast<uint16_t>(place.number << 8 | (*place.bus)[place.index]->devfn));
}

void RootComplex::program(const std::vector<PlannedFunction>& root_bus) {
  const std::lock_guard lock(mutex_);
  program_bus(root_bus_, root_bus);
  update_mappings();
}

void RootComplex::program_bus(Bus& bus, const std::vector<PlannedFunction>& plan) {
  for (const PlannedFunction& planned : plan) {
    const auto node = std::find_if(bus.begin(), bus.end(), [&](const auto& n) { return n->devfn == planned.devfn; });
    if (node == bus.end()) continue;
    PciFunction& function = *(*node)->function;
    for (unsigned i = 0; i < kBars; ++i) {
      if (planned.bars[i].kind == BarKind::kNone) continue;
      function.write_config(bar_register(i), 4, static_cast<uint32_t>(planned.addresses[i]));
      if (planned.bars[i].kind == BarKind::kMemory64)
        function.write_config(bar_register(i + 1), 4, static_cast<uint32_t>(planned.addresses[i] >> 32));
    }
    if ((*node)->bridge != nullptr) program_bridge(*(*node)->bridge, planned);
    program_bus((*node)->below, planned.below);
  }
}

void RootComplex::collect(Bus& bus, std::vector<Windows>& above, std::vector<BarMappings::Mapping>& mappings) {
  for (auto& node : bus) {
    for (const DecodedBar& bar : node->function->decode())
      if (std::all_of(above.begin(), above.end(), [&bar](const Windows& open) { return forwarded(open, bar); }))
        mappings.push_back({node->function.get(), &node->handlers[bar.bar], bar});
    if (node->bridge == nullptr || !node->bridge->powered()) continue;
    above.push_back(node->bridge->windows());
    collect(node->below, above, mappings);
    above.pop_back();
  }
}

void RootComplex::update_mappings() {
  std::vector<BarMappings::Mapping> wanted;
  std::vector<Windows> above{kEverything};
  collect(root_bus_, above, wanted);
  mappings_.update(std::move(wanted));
}

void RootComplex::update_doorbells(const PciFunction& function) noexcept {
  const std::lock_guard lock(mutex_);
  mappings_.update_doorbells(function);
}

void RootComplex::unmap_all() noexcept {
  const std::lock_guard lock(mutex_);
  mappings_.unmap_all();
}

}  // namespace vireo::pci
