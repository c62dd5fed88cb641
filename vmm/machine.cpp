#include "vmm/machine.h"

#include <algorithm>

#include "vmm/base/log.h"
#include "vmm/boot/kernel.h"
#include "vmm/guest_state.h"
#include "vmm/guest_tables.h"
#include "vmm/plan_topology.h"
#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

using Kind = Outcome::Kind;

// What no BAR may cover: RAM, the interrupt controllers and MSI range.
std::vector<base::GuestRange> occupied_ranges(const Plan& plan) {
  std::vector<base::GuestRange> occupied;
  for (const platform::RamRegion& region : plan.ram) occupied.push_back(region.range);
  occupied.push_back(*base::GuestRange::make(platform::kIoApicAddress, base::kPageSize));
  occupied.push_back(*base::GuestRange::make(platform::kMsiStart, platform::kMsiSize));
  occupied.push_back(*base::GuestRange::make(platform::kKvmIdentityMap, 4 * base::kPageSize));
  if (!plan.config.boot.firmware.empty())
    occupied.push_back(*base::GuestRange::make(platform::kFirmwareStart,
                                               platform::kHighRamStart.value() - platform::kFirmwareStart.value()));
  // KVM refuses slots above what the CPU can address, and the guest cannot get there.
  if (const uint64_t first = uint64_t{1} << guest_address_bits(plan.machine); first < platform::kAddressEnd)
    occupied.push_back(*base::GuestRange::make(base::GuestAddress(first), platform::kAddressEnd - first));
  return occupied;
}

// KVM waits for a thread of its own to start.
kvm::Vm create_vm(const kvm::System& system, Phases& phases) {
  const Phases::Scope scope(phases, "create VM");
  return kvm::Vm(system);
}

}  // namespace

Machine::Machine(const Plan& plan, const MachineSurroundings& surroundings)
    : plan_(plan),
      outside_(surroundings),
      events_(events_of(surroundings.verdict)),
      memory_(plan.ram, plan.backing),
      devices_(plan, memory_, surroundings.phases),
      vm_(create_vm(system_, surroundings.phases)),
      routes_(vm_),
      link_(vm_, devices_.kvm_files()),
      ports_("ports"),
      mmio_("memory"),
      board_(ports_, routes_, outside_.loop, events_,
             {.transmit = [this](std::span<const uint8_t> data) { outside_.console.transmit(data); },
              .input_wanted = [this] { outside_.console.input_wanted(); }}),
      bar_slots_(vm_, plan.peer_to_peer ? devices_.mapper() : nullptr),
      root_complex_({.memory = mmio_, .ports = ports_, .slots = bar_slots_}, occupied_ranges(plan)),
      ecam_(root_complex_),
      config_ports_(root_complex_, board_.reset_control()),
      firmware_((vm_.add_ram(memory_), build_firmware())),
      vcpus_(system_, vm_, {.count = plan.config.cpus, .hide_hypervisor = plan.config.hide_hypervisor},
             {.ports = ports_, .memory = mmio_}, load()) {
  ports_.add(platform::kPciConfigAddressPort, 8, config_ports_);
  {
    const Phases::Scope scope(outside_.phases, "devices");
    build_functions(nullptr, plan_.root_bus);
    if (firmware_)
      root_complex_.program({});
    else
      root_complex_.program(plan_.root_bus);
  }
  watch_devices();
}

// A CPU may be waiting for the console's reader.
void Machine::stop_cpus() noexcept {
  outside_.console.interrupt(true);
  vcpus_.stop();
  outside_.console.interrupt(false);
}

Machine::~Machine() {
  stop_cpus();
  outside_.console.connect({});
  for (vfio::PassthroughFunction* function : passthrough_) {
    unwatch(*function);
    function->shut_down();
  }
}

std::unique_ptr<FirmwareBoard> Machine::build_firmware() {
  if (plan_.config.boot.firmware.empty()) return nullptr;
  return std::make_unique<FirmwareBoard>(plan_, outside_.firmware,
                                         FirmwareBoard::Surroundings{.memory = memory_,
                                                                     .ports = ports_,
                                                                     .mmio = mmio_,
                                                                     .slots = vm_,
                                                                     .root_complex = root_complex_,
                                                                     .cmos = board_.cmos()});
}

// Nothing: the CPU begins where a reset leaves it.
std::optional<boot::InitialCpuState> Machine::load() {
  if (firmware_) return std::nullopt;
  const Phases::Scope scope(outside_.phases, "load");
  const auto rsdp = boot::build_acpi(acpi_inputs(plan_), memory_).rsdp;
  boot::build_smbios(smbios_inputs(plan_, false), memory_);
  const config::BootConfig& files = plan_.config.boot;
  const auto loaded = boot::load_kernel({.kernel = files.kernel, .initrd = files.initrd, .command_line = files.cmdline},
                                        memory_, {.e820 = boot::make_e820(plan_.ram), .rsdp = rsdp});
  return boot::prepare_cpu(loaded, memory_);
}

void Machine::build_functions(pci::PciBridge* parent, const std::vector<pci::PlannedFunction>& functions) {
  for (const pci::PlannedFunction& planned : functions) {
    const FunctionRole& role = plan_.roles.at(planned.name);
    auto built = make_function({.guest = plan_.config.name,
                                .planned = planned,
                                .role = role,
                                .devices = devices_,
                                .disks = outside_.disks,
                                .router = routes_,
                                .memory = memory_,
                                .registers_memory = plan_.registers_memory,
                                .loop = outside_.loop,
                                .ecam = ecam_});
    pci::PciFunction& function = root_complex_.add(parent, planned.devfn, std::move(built));
    if (auto* passthrough = dynamic_cast<vfio::PassthroughFunction*>(&function)) passthrough_.push_back(passthrough);
    if (planned.bridge) build_functions(static_cast<pci::PciBridge*>(&function), planned.below);
  }
}

// The host wants a device back (request), or it failed (error).
void Machine::watch_devices() {
  for (vfio::PassthroughFunction* function : passthrough_) {
    outside_.loop.watch(function->request_event().get(), [this, function](uint32_t) {
      function->request_event().consume();
      requested(*function);
    });
    outside_.loop.watch(function->error_event().get(), [this, function](uint32_t) {
      function->error_event().consume();
      failed(*function);
    });
  }
}

void Machine::unwatch(vfio::PassthroughFunction& function) {
  outside_.loop.unwatch(function.error_event().get());
  outside_.loop.unwatch(function.request_event().get());
}

// The kernel asks again every ten seconds.
void Machine::requested(vfio::PassthroughFunction& function) {
  const FunctionRole& role = plan_.roles.at(function.name());
  if (is_leaving(function)) return;
  if (role.on_error == config::OnError::kStop)
    return outside_.verdict.reach(Kind::kDeviceLost, role.host + ": the host asks for the device back");
  if (ask_to_let_go(function, role)) return;
  spdlog::warn("[{}] the host asks for the device back: it is pulled out of the running guest", role.host);
  remove(function, Loss::kTaken);
}

uint16_t Machine::slot_of(const vfio::PassthroughFunction& function) const {
  return plan_.roles.at(function.name()).slot;
}

bool Machine::is_leaving(vfio::PassthroughFunction& function) const {
  const auto removal = removals_.find(slot_of(function));
  if (removal == removals_.end()) return false;
  const auto& wanted = removal->second.wanted;
  return std::find(wanted.begin(), wanted.end(), &function) != wanted.end();
}

// By its slot's button. Return whether the guest has a driver for it, and time.
bool Machine::ask_to_let_go(vfio::PassthroughFunction& function, const FunctionRole& role) try {
  if (role.removal_timeout == 0) return false;
  const uint16_t slot = role.slot;
  // The button's second press would take the first back.
  if (const auto removal = removals_.find(slot); removal != removals_.end()) {
    removal->second.wanted.push_back(&function);
    spdlog::warn("[{}] the host asks for this device of the same slot too", role.host);
    return true;
  }
  auto wait = std::make_unique<DeadlineWait>(outside_.loop, role.removal_timeout,
                                             [this, slot](bool in_time) { let_go(slot, in_time); });
  if (!root_complex_.ask_to_let_go(function, wait->event())) return false;
  spdlog::warn("[{}] the host asks for the device back: the guest has {} s to let go of it", role.host,
               role.removal_timeout);
  removals_[slot] = {.wanted = {&function}, .seconds = role.removal_timeout, .wait = std::move(wait)};
  return true;
} catch (const base::Error& error) {
  spdlog::warn("[{}] {}", role.host, error.what());
  return false;
}

// The slot has no power any more, or the time is over. What else was in it is the guest's still.
void Machine::let_go(uint16_t slot, bool in_time) {
  const auto removal = removals_.extract(slot);
  for (vfio::PassthroughFunction* function : removal.mapped().wanted) {
    const FunctionRole& gone = plan_.roles.at(function->name());
    if (in_time)
      spdlog::warn("[{}] the guest let go of it", gone.host);
    else
      spdlog::warn("[{}] the guest did not let go of it within {} s: it is pulled", gone.host,
                   removal.mapped().seconds);
    remove(*function, Loss::kTaken);
  }
  for (const vfio::PassthroughFunction* function : passthrough_)
    if (slot_of(*function) == slot) return root_complex_.offer_again(*function);
}

void Machine::failed(vfio::PassthroughFunction& function) {
  using config::OnError;
  const FunctionRole& role = plan_.roles.at(function.name());
  if (role.on_error == OnError::kStop)
    return outside_.verdict.reach(Kind::kDeviceLost, role.host + ": the device failed beyond repair");
  if (role.on_error == OnError::kDetach) return pull_broken(function, role);
  if (function.answers()) return report(function, role);
  if (!recoveries_.contains(&function)) await_recovery(function, role);
}

void Machine::report(vfio::PassthroughFunction& function, const FunctionRole& role) {
  const bool heard = root_complex_.report_fatal_error(function);
  auto& limit = report_limits_.try_emplace(role.host, std::chrono::seconds(10)).first->second;
  const std::optional<unsigned> left_out = limit.admit(base::LogLimit::Clock::now());
  if (!left_out) return;
  spdlog::warn("[{}] the device reports an error: {}{}", role.host,
               heard ? "the guest is told" : "the guest has no driver that wants to know",
               *left_out == 0 ? "" : "; " + std::to_string(*left_out) + " more since the last line of this kind");
}

// The host's kernel tells of an error before it resets the link. PCIe 6.0 6.6.1: a device answers a second after that.
void Machine::await_recovery(vfio::PassthroughFunction& function, const FunctionRole& role) try {
  constexpr unsigned kPatience = 5;
  spdlog::warn("[{}] the device does not answer: the host may be resetting it", role.host);
  auto wait = std::make_unique<DeadlineWait>(outside_.loop, kPatience, [this, &function](bool) {
    const FunctionRole& waited_for = plan_.roles.at(function.name());
    recoveries_.erase(&function);
    if (function.answers())
      report(function, waited_for);
    else
      pull_broken(function, waited_for);
  });
  recoveries_.emplace(&function, std::move(wait));
} catch (const base::Error& error) {
  spdlog::warn("[{}] {}", role.host, error.what());
  pull_broken(function, role);
}

void Machine::pull_broken(vfio::PassthroughFunction& function, const FunctionRole& role) {
  spdlog::warn("[{}] the device failed beyond repair: it is pulled out of the running guest", role.host);
  // The host may be waiting for it already.
  remove(function, is_leaving(function) ? Loss::kTaken : Loss::kBroken);
}

// The guest goes on without it. The host waits until its file is closed everywhere.
void Machine::remove(vfio::PassthroughFunction& function, Loss loss) {
  const std::string host = plan_.roles.at(function.name()).host;
  unwatch(function);
  root_complex_.detach(function);
  if (const auto removal = removals_.find(slot_of(function)); removal != removals_.end())
    std::erase(removal->second.wanted, &function);
  recoveries_.erase(&function);
  link_.remove(function.device_file());
  function.give_back();
  std::erase(passthrough_, &function);
  lost_.push_back(host);
  if (loss == Loss::kTaken) outside_.let_go(host);
}

void Machine::start() {
  outside_.console.connect([this](std::span<const uint8_t> data) { return board_.serial().receive(data); });
  vcpus_.start(outside_.verdict);
  const uint64_t now = Phases::now();
  outside_.phases.add("first instruction", now, now);
}

std::string Machine::describe() const {
  return guest_state_json(plan_, passthrough_);
}

Outcome Machine::wait() {
  outside_.loop.run();
  stop_cpus();
  // What the guest was to let go of is the host's, whether the guest reboots or ends.
  for (const auto& [slot, removal] : removals_)
    while (!removal.wanted.empty()) remove(*removal.wanted.back(), Loss::kTaken);
  spdlog::debug("KVM_RUN returned to user space {} times", vcpus_.returns());
  return outside_.verdict.take();
}

}  // namespace vireo
