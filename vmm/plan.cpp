#include "vmm/plan.h"

#include <algorithm>
#include <array>
#include <bit>

#include "vmm/boot_disks.h"
#include "vmm/config/load.h"
#include "vmm/config/units.h"
#include "vmm/plan_checks.h"
#include "vmm/plan_devices.h"
#include "vmm/plan_memory.h"
#include "vmm/plan_topology.h"

namespace vireo {
namespace {

using Backend = config::IommuBackend;

// A group has one file, whichever of its devices came with it.
void share_group_files(Plan& plan) {
  std::map<unsigned, int> files;
  for (const auto& [address, file] : plan.given_files)
    if (const auto facts = plan.devices.find(address); facts != plan.devices.end() && facts->second.group)
      files.emplace(*facts->second.group, file);
  for (const auto& [address, facts] : plan.devices)
    if (facts.group && files.contains(*facts.group)) plan.given_files.emplace(address, files.at(*facts.group));
}

void take_wishes(Plan& plan, const config::DeviceConfig& device) {
  if (device.file) plan.given_files.emplace(device.vfio, *device.file);
  std::string methods;
  for (const std::string& method : device.reset_methods) methods += (methods.empty() ? "" : " ") + method;
  if (!methods.empty()) plan.reset_methods.emplace(device.vfio, methods);
}

// One that the guest gets, too, needs no word.
void take_companions(Plan& plan, const std::string& device, const std::vector<host::HostFacts>& companions) {
  for (const host::HostFacts& companion : companions) {
    const std::string& address = companion.address;
    if (plan.devices.contains(address) || std::ranges::count(plan.companions, address) != 0) continue;
    plan.companions.push_back(address);
    plan.around.emplace(address, companion);
    std::string& remark = plan.remarks.emplace_back(address);
    remark.append(" is taken with ").append(device).append(", whose IOMMU group it is in, and given to nobody");
  }
}

std::string sizes_text(uint64_t possible) {
  constexpr unsigned kMost = 44;  // 8 EiB. PCIe 6.0 7.8.6.2
  std::string all;
  for (unsigned i = 0; i < kMost; ++i)
    if ((possible >> i & 1) != 0) all += (all.empty() ? "" : ", ") + config::format_size(base::kMiB << i);
  return all.empty() ? "it has one size only, or the host's kernel (before 6.1) cannot resize it"
                     : "it can have " + all;
}

// From here on they have the sizes that they will have. To set one is root's; a size that is right already is
// anybody's.
void resize_bars(Plan& plan, const config::DeviceConfig& device, const DeviceFacts& known) {
  const auto facts = plan.devices.find(device.vfio);
  if (facts == plan.devices.end()) return;
  for (const auto& [index, size] : device.bar_sizes) {
    const auto bar = std::find_if(facts->second.bars.begin(), facts->second.bars.end(),
                                  [i = index](const host::BarFacts& other) { return other.index == i; });
    if (bar != facts->second.bars.end() && std::exchange(bar->size, size) == size) continue;
    const auto sizes = known.resizable.at(index);
    if (sizes && (*sizes >> std::countr_zero(size / base::kMiB) & 1) != 0) continue;
    add_conflict(plan, base::ExitCode::kDevice, device.bar_size_where,
                 device.vfio + ": BAR " + std::to_string(index) + " cannot have " + config::format_size(size),
                 sizes ? sizes_text(*sizes) : "only root can resize it: run vireo as root")
        .subject = device.vfio;
  }
}

std::vector<base::IovaRange> reserved_ranges(const Plan& plan) {
  std::vector<base::IovaRange> reserved;
  for (const auto& [address, facts] : plan.devices)
    reserved.insert(reserved.end(), facts.reserved_iova.begin(), facts.reserved_iova.end());
  return reserved;
}

// Both do the same for a guest; type1 is the older one, which every kernel with VFIO has had.
bool wants_iommufd(const Plan& plan) {
  if (plan.config.iommu != Backend::kAuto) return plan.config.iommu == Backend::kIommufd;
  return !plan.machine.vfio_present && plan.machine.iommufd_present;
}

void plan_memory(Plan& plan) {
  const config::MemoryConfig& memory = plan.config.memory;
  plan.backing = {.page_size = memory.hugepages.value_or(base::kPageSize), .numa_node = memory.numa_node};
  plan.ram = lay_out_ram(memory.size, std::max(plan.backing.page_size, 2 * base::kMiB), reserved_ranges(plan));
  uint64_t laid_out = 0;
  for (const platform::RamRegion& region : plan.ram) laid_out += region.range.size();
  if (laid_out < memory.size)
    add_conflict(plan, base::ExitCode::kHost, memory.where,
                 "the IOMMU's reserved ranges leave no room for the guest's RAM",
                 "cat /sys/kernel/iommu_groups/*/reserved_regions shows them; give the guest less memory");
  plan.memlock_needed = plan.devices.empty() ? 0 : memory.size;
}

std::string text_of(const Conflict& conflict) {
  if (conflict.where.line > 0) return config::ConfigError(conflict.where, conflict.message, conflict.help).what();
  return "error: " + conflict.message + (conflict.help.empty() ? "" : "\nhelp: " + conflict.help);
}

}  // namespace

Plan make_plan(const config::Config& config, const Surroundings& surroundings) {
  constexpr uint64_t kOwnFiles = 64;  // with one a CPU
  Plan plan{.config = config, .machine = surroundings.machine, .files_needed = kOwnFiles + config.cpus};
  for (const auto& [address, device] : surroundings.devices) {
    if (!device.facts) continue;
    plan.devices.emplace(address, *device.facts);
    if (device.rom.size != 0) plan.rom_sizes.emplace(address, device.rom.size);
    plan.vectors += std::max(device.facts->msix.vectors, device.facts->msi_vectors);
    plan.files_needed += files_of(*device.facts);
  }
  for (const config::EmulatedConfig* device : emulated_devices_of(config)) {
    plan.vectors += vectors_of(*device);
    plan.files_needed += files_of(*device);
  }
  for (const auto& [path, facts] : surroundings.images) plan.image_sizes.emplace(path, facts.size);
  for (const config::DeviceConfig* device : devices_of(config)) {
    take_wishes(plan, *device);
    const DeviceFacts& known = surroundings.devices.at(device->vfio);
    take_companions(plan, device->vfio, known.companions);
    resize_bars(plan, *device, known);
  }
  plan.iommufd = wants_iommufd(plan);
  if (!plan.iommufd) share_group_files(plan);
  // One device has no peers. iommufd takes no BARs before dma-buf: each would be refused. Linux drivers/iommu/iommufd.
  plan.peer_to_peer = config.peer_to_peer && plan.devices.size() > 1 && !plan.iommufd;
  check_files(plan, surroundings);
  check_devices(plan, surroundings);
  plan_memory(plan);
  plan.registers_memory = registers_memory(plan);
  check_machine(plan);
  plan_topology(plan);
  check_boot_disk(plan);
  plan_addresses(plan);
  return plan;
}

Conflict& add_conflict(Plan& plan, base::ExitCode code, const config::Location& where, std::string message,
                       std::string help) {
  return plan.conflicts.emplace_back(Conflict{code, where, std::move(message), std::move(help)});
}

void require_feasible(const Plan& plan) {
  if (plan.conflicts.empty()) return;
  std::string message;
  for (const Conflict& conflict : plan.conflicts) message += (message.empty() ? "" : "\n\n") + text_of(conflict);
  throw base::Error(plan.conflicts.front().code, message);
}

}  // namespace vireo
