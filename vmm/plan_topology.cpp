#include "vmm/plan_topology.h"

#include <algorithm>
#include <bit>
#include <bitset>

#include "emulated/nvme/nvme_function.h"
#include "emulated/test/test_function.h"
#include "emulated/virtio/virtio_function.h"
#include "vmm/boot/acpi.h"
#include "vmm/config/emulated_keys.h"
#include "vmm/plan_memory.h"
#include "vmm/plan_msix.h"
#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

using base::ExitCode;
using pci::PlannedFunction;

constexpr unsigned kLpcDevice = 0x1f;
constexpr uint64_t kSmallest64BitWindow = 32 * base::kGiB;

const char* kind_word(config::EmulatedKind kind) {
  for (const auto& choice : config::kVirtioKinds)
    if (choice.value == kind) return choice.word;
  for (const auto& choice : config::kOtherKinds)
    if (choice.value == kind) return choice.word;
  return "";
}

vfio::PolicyOverrides overrides_of(const config::DeviceConfig& device) {
  vfio::PolicyOverrides overrides;
  for (const config::CapabilityConfig& row : device.capabilities)
    overrides.push_back({row.extended, row.id, row.pass ? vfio::Policy::kPass : vfio::Policy::kHide});
  // Where errors are reported the guest's driver looks at the device's own record of them.
  if (device.on_error == config::OnError::kReport)
    overrides.push_back({true, static_cast<uint16_t>(pci::ExtendedCapabilityId::kAer), vfio::Policy::kPass});
  return overrides;
}

// The ROM that a guest sees: a file's, the device's, or none.
pci::Bar rom_of(const Plan& plan, const config::DeviceConfig& device, const host::HostFacts& facts) {
  const auto from_file = plan.rom_sizes.find(device.vfio);
  uint64_t size = from_file == plan.rom_sizes.end() ? 0 : from_file->second;
  if (!device.no_rom && device.rom_file.empty())
    for (const host::BarFacts& bar : facts.bars)
      if (bar.index == pci::kRomIndex) size = bar.size;
  return size == 0 ? pci::Bar{} : pci::Bar{.kind = pci::BarKind::kRom, .size = size};
}

pci::Bars bars_of(const host::HostFacts& facts) {
  pci::Bars bars = {};
  for (const host::BarFacts& bar : facts.bars) {
    if (bar.index >= pci::kRomIndex || bar.size == 0) continue;
    const auto kind = bar.io ? pci::BarKind::kIo : bar.is_64bit ? pci::BarKind::kMemory64 : pci::BarKind::kMemory32;
    bars[bar.index] = {.kind = kind, .size = bar.size, .prefetchable = bar.prefetchable};
  }
  return bars;
}

// Firmware has less I/O to give to bridges than we, and SeaBIOS stops where it has none left: ports are for guests that
// keep what is planned. Who rings seldom needs none.
bool rings_at_ports(const Plan& plan, config::EmulatedKind kind) {
  return plan.config.boot.firmware.empty() &&
         (kind == config::EmulatedKind::kBlock || kind == config::EmulatedKind::kNet);
}

pci::Bars bars_of(const Plan& plan, config::EmulatedKind kind) {
  if (kind == config::EmulatedKind::kNvme) return emulated::NvmeFunction::planned_bars();
  if constexpr (config::kTestDevices)
    if (kind == config::EmulatedKind::kTest) return emulated::TestFunction::planned_bars();
  return emulated::VirtioFunction::planned_bars(rings_at_ports(plan, kind));
}

bool any_reports(const config::PortConfig& port) {
  const auto in_switch = [](const config::SwitchConfig& below) {
    return std::any_of(below.ports.begin(), below.ports.end(), any_reports);
  };
  return std::any_of(port.functions.begin(), port.functions.end(),
                     [](const auto& device) { return device.on_error == config::OnError::kReport; }) ||
         std::any_of(port.downstream.begin(), port.downstream.end(), in_switch);
}

// Builds the tree; slots are numbered in the file's order.
class TreeBuilder {
 public:
  explicit TreeBuilder(Plan& plan) : plan_(plan) {}

  void build() {
    add_platform();
    for (const config::PortConfig& port : plan_.config.pcie.root_ports) reserve(port, used_);
    for (const config::PortConfig& port : plan_.config.pcie.root_ports)
      plan_.root_bus.push_back(make_port(port, FunctionKind::kRootPort, place(port, used_, 1)));
    plan_.root_bus.push_back(simple("lpc-bridge", pci::devfn(kLpcDevice, 0), FunctionKind::kLpcBridge));
  }

 private:
  using Used = std::bitset<32>;

  PlannedFunction simple(const std::string& name, uint8_t devfn, FunctionKind kind) {
    plan_.roles[name] = {.kind = kind};
    return {.name = name, .devfn = devfn};
  }

  void add_platform() {
    plan_.root_bus.push_back(simple("host-bridge", 0, FunctionKind::kHostBridge));
    used_.set(0);
    used_.set(kLpcDevice);
  }

  void reserve(const config::PortConfig& port, Used& used) {
    if (!port.device_number) return;
    const unsigned device = *port.device_number;
    if (device > 31 || port.function_number.value_or(0) != 0)
      return conflict(port, "port " + port.name + ": an address is a device number below 32, function 0");
    if (used[device])
      return conflict(port, "port " + port.name + ": device " + std::to_string(device) + " of its bus is taken");
    used.set(device);
  }

  uint8_t place(const config::PortConfig& port, Used& used, unsigned first) {
    if (port.device_number && *port.device_number <= 31) return pci::devfn(*port.device_number, 0);
    unsigned device = first;
    while (device < 32 && used[device]) ++device;
    if (device == 32) conflict(port, "port " + port.name + ": the bus has no free device number");
    used.set(device % 32);
    return pci::devfn(device % 32, 0);
  }

  PlannedFunction make_port(const config::PortConfig& port, FunctionKind kind, uint8_t devfn) {
    PlannedFunction function{.name = port.name, .devfn = devfn, .bridge = true};
    const bool occupied = port.has_device() || !port.downstream.empty();
    const bool lets_go = std::any_of(port.functions.begin(), port.functions.end(),
                                     [](const auto& device) { return device.on_error != config::OnError::kStop; });
    plan_.roles[port.name] = {.kind = kind,
                              .slot = ++slots_,
                              .occupied = occupied,
                              .hot_plug = lets_go,
                              .reports_errors = kind == FunctionKind::kRootPort && any_reports(port)};
    for (const config::DeviceConfig& device : port.functions) add_function(device, function, port.functions.size() > 1);
    if (port.emulated) add_emulated(*port.emulated, function);
    for (const config::SwitchConfig& below : port.downstream) function.below.push_back(make_switch(below));
    return function;
  }

  PlannedFunction make_switch(const config::SwitchConfig& config) {
    PlannedFunction upstream{.name = config.name, .devfn = 0, .bridge = true};
    plan_.roles[config.name] = {.kind = FunctionKind::kUpstreamPort, .occupied = true};
    Used used;
    for (const config::PortConfig& port : config.ports) reserve(port, used);
    for (const config::PortConfig& port : config.ports)
      upstream.below.push_back(make_port(port, FunctionKind::kDownstreamPort, place(port, used, 0)));
    return upstream;
  }

  void add_emulated(const config::EmulatedConfig& device, PlannedFunction& port) {
    const std::string name = std::string(kind_word(device.kind)) + "@" + port.name;
    plan_.roles[name] = {.kind = FunctionKind::kEmulated, .slot = slots_, .emulated = device};
    port.below.push_back({.name = name, .bars = bars_of(plan_, device.kind)});
  }

  // Functions are numbered in the file's order; one that is not there is a conflict, and number 0 must be.
  void add_function(const config::DeviceConfig& device, PlannedFunction& port, bool one_of_several) {
    const auto found = plan_.devices.find(device.vfio);
    if (found == plan_.devices.end()) return;  // its absence is a conflict already
    plan_.roles[device.vfio] = {.kind = FunctionKind::kPassthrough,
                                .host = device.vfio,
                                .slot = slots_,
                                .on_error = device.on_error,
                                .removal_timeout = device.removal_timeout,
                                .clique = device.gpudirect_clique,
                                .one_of_several = one_of_several,
                                .rom_file = device.rom_file,
                                .trapped_bars = device.trapped_bars,
                                .capabilities = overrides_of(device)};
    pci::Bars bars = bars_of(found->second);
    plan_.roles[device.vfio].msix_bar = plan_msix_table(plan_, device, found->second, bars);
    bars[pci::kRomIndex] = rom_of(plan_, device, found->second);
    port.below.push_back(
        {.name = device.vfio, .devfn = pci::devfn(0, static_cast<unsigned>(port.below.size())), .bars = bars});
  }

  void conflict(const config::PortConfig& port, std::string message) {
    add_conflict(plan_, ExitCode::kConfig, port.where, std::move(message)).subject = port.name;
  }

  Plan& plan_;
  Used used_;
  uint16_t slots_ = 0;
};

// A bridge's secondary side turns a device's lines by its number, as the root bus does. PCI-to-PCI bridge 1.2 9.1.
void place_interrupts(Plan& plan, const std::vector<PlannedFunction>& bus, const std::array<platform::Gsi, 4>& above) {
  for (const PlannedFunction& function : bus) {
    platform::InterruptPlace& place = plan.roles.at(function.name).interrupts;
    place.requester = static_cast<uint16_t>(function.bus << 8 | function.devfn);
    for (unsigned pin = 0; pin < place.lines.size(); ++pin)
      place.lines[pin] = above[(pin + (function.devfn >> 3)) % above.size()];
    place_interrupts(plan, function.below, place.lines);
  }
}

void leave_out_port_doorbells(const Plan& plan, std::vector<PlannedFunction>& bus) {
  for (PlannedFunction& function : bus) {
    const FunctionRole& role = plan.roles.at(function.name);
    if (role.kind == FunctionKind::kEmulated && rings_at_ports(plan, role.emulated.kind))
      function.bars = emulated::VirtioFunction::planned_bars(false);
    leave_out_port_doorbells(plan, function.below);
  }
}

}  // namespace

// Bridges forward I/O by 4 KiB: there is room below fifteen of them.
void plan_topology(Plan& plan) {
  TreeBuilder(plan).build();
  if (pci::io_need(plan.root_bus) > platform::kPciIoSize) leave_out_port_doorbells(plan, plan.root_bus);
}

unsigned guest_address_bits(const host::MachineFacts& machine) {
  constexpr unsigned kOldest = 36;
  return machine.physical_address_bits == 0 ? kOldest
                                            : std::min(machine.physical_address_bits, platform::kMaxAddressBits);
}

void plan_addresses(Plan& plan) {
  const uint64_t need = pci::prefetchable_need(plan.root_bus);
  const uint64_t alignment = std::max(platform::kMmio64Alignment, std::bit_floor(std::max<uint64_t>(need, 1)));
  const uint64_t start = base::align_up(end_of_ram(plan.ram), alignment);
  const unsigned bits = guest_address_bits(plan.machine);
  const uint64_t limit = uint64_t{1} << bits;
  uint64_t size = std::max(kSmallest64BitWindow, std::bit_ceil(std::max<uint64_t>(need, 1)));
  if (start < limit) size = std::min(size, limit - start);
  if (start >= limit || size < need)
    add_conflict(plan, ExitCode::kHost, {},
                 "the devices' 64-bit BARs and the RAM do not fit in the guest's " + std::to_string(bits) +
                     "-bit physical address space (/proc/cpuinfo)",
                 "give the guest less memory or fewer devices");
  plan.windows = {.io = {platform::kPciIoStart, platform::kPciIoSize},
                  .memory = {platform::kMmio32Start.value(), platform::kMmio32Size},
                  .prefetchable = {start, start < limit ? size : 0}};
  for (const std::string& problem : pci::assign_resources(plan.root_bus, plan.windows))
    add_conflict(plan, ExitCode::kHost, {}, problem, "give the guest fewer devices");
  std::array<platform::Gsi, 4> lines;
  for (unsigned pin = 0; pin < lines.size(); ++pin) lines[pin] = boot::root_intx_gsi(0, pin);
  place_interrupts(plan, plan.root_bus, lines);
}

}  // namespace vireo
