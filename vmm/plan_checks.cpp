#include "vmm/plan_checks.h"

#include <algorithm>

#include "vfio/host/group.h"
#include "vfio/quirks.h"
#include "vmm/plan_devices.h"
#include "vmm/platform/huge_pages.h"

namespace vireo {
namespace {

using base::ExitCode;

constexpr uint32_t kBridgeClass = 0x0604;

std::vector<std::string> addresses(const Plan& plan) {
  std::vector<std::string> taken = plan.companions;
  for (const auto& [address, facts] : plan.devices) taken.push_back(address);
  return taken;
}

void check_use(Plan& plan, const config::DeviceConfig& device, const host::HostFacts& facts) {
  if (device.force) return;
  for (const host::DeviceUse& use : facts.uses)
    if (use.blocking)
      add_conflict(plan, ExitCode::kDevice, device.where, facts.address + " is in use: " + use.what,
                   "stop that use, or write `force: true` beside it");
}

// What was given must be the device's own door, or the guest would get another device than the file says.
void check_given(Plan& plan, const config::DeviceConfig& device, const GivenFile& given) {
  const std::string& wanted = plan.iommufd ? given.device_number : given.group_number;
  const std::string name = "fd " + std::to_string(*device.file);
  const std::string what = plan.iommufd ? "/dev/vfio/devices/vfio..., " : "/dev/vfio/GROUP, ";
  if (given.number.empty())
    add_conflict(plan, ExitCode::kDevice, device.file_where, name + " is not open",
                 "start vireo with it: vireo run FILE " + std::to_string(*device.file) + "<>/dev/vfio/...");
  else if (wanted.empty() || given.number != wanted)
    add_conflict(plan, ExitCode::kDevice, device.file_where,
                 name + " is not " + device.vfio + "'s file: it is device " + given.number + ", not " +
                     (wanted.empty() ? "one that is there" : wanted),
                 "give it " + what + "which is there while the device is bound to vfio-pci");
  if (!device.bar_sizes.empty())
    add_conflict(plan, ExitCode::kConfig, device.file_where,
                 name + ": the device's BARs cannot be resized while its file is open",
                 "resize them first, and leave `bar_size` out");
  if (plan.iommufd && plan.config.on_reboot == config::OnReboot::kReboot)
    add_conflict(plan, ExitCode::kConfig, device.file_where,
                 name + ": iommufd binds an open file once, so the guest's reboot cannot open the device anew",
                 "write `on_reboot: exit`, and start vireo again with a new file on exit code 32");
}

void check_reset(Plan& plan, const config::DeviceConfig& device, const host::HostFacts& facts) {
  for (const std::string& method : device.reset_methods)
    if (std::find(facts.reset_methods.begin(), facts.reset_methods.end(), method) == facts.reset_methods.end()) {
      std::string has;
      for (const std::string& known : facts.reset_methods) has += (has.empty() ? "" : ", ") + known;
      add_conflict(plan, ExitCode::kDevice, device.reset_where,
                   device.vfio + " cannot be reset by " + method + ": it has " + (has.empty() ? "none" : has),
                   "name ways that " + facts.path + "/reset_method shows");
    }
}

void check_device(Plan& plan, const config::DeviceConfig& device, const host::HostFacts& facts) {
  if (facts.class_code >> 8 == kBridgeClass) {
    add_conflict(plan, ExitCode::kDevice, device.where, device.vfio + " is a bridge: the host needs it",
                 "name a device behind it");
    return;
  }
  if (!facts.group) {
    add_conflict(
        plan, ExitCode::kHost, device.where,
        device.vfio + ": no IOMMU covers it (no iommu_group in " + facts.path + ")",
        "turn the IOMMU on in the firmware set-up and add intel_iommu=on (AMD: on by default) to the host's kernel "
        "command line");
    return;
  }
  for (const std::string& problem : host::group_problems(facts, addresses(plan)))
    add_conflict(
        plan, ExitCode::kDevice, device.where,
        device.vfio + ": its IOMMU group " + std::to_string(*facts.group) + " is not viable: " + problem,
        "give that device to the guest too; write `companions: true`, so that it is taken and given to nobody; or "
        "unbind it from its driver");
  if (device.gpudirect_clique && !vfio::can_have_clique(facts.vendor, facts.class_code))
    add_conflict(plan, ExitCode::kDevice, device.clique_where, device.vfio + " is not an NVIDIA GPU: it has no clique",
                 "leave `gpudirect_clique` out");
  check_reset(plan, device, facts);
  check_use(plan, device, facts);
}

bool is_short(const host::MachineFacts& machine, uint64_t needed) {
  const bool raisable = machine.locking.may_raise_limit || machine.memlock_hard >= needed;
  return machine.memlock_soft < needed && !raisable && !machine.locking.ignores_limit;
}

// RAM that is populated at once: the kernel would rather kill a process than refuse it.
void check_memory(Plan& plan) {
  const config::MemoryConfig& memory = plan.config.memory;
  const uint64_t available = plan.machine.memory_available;
  const bool populated = memory.prefault || !plan.devices.empty();
  if (memory.hugepages || !populated || available == 0 || memory.size <= available) return;
  add_conflict(plan, ExitCode::kHost, memory.where,
               "the guest's " + std::to_string(memory.size / base::kMiB) + " MiB are not there: /proc/meminfo has " +
                   std::to_string(available / base::kMiB) + " MiB available",
               "give the guest less memory, or end what uses the host's");
}

// Each vector has an eventfd from the start, and a route of KVM's once a guest unmasks it.
void check_vectors(Plan& plan) {
  if (plan.machine.files_hard < plan.files_needed)
    add_conflict(plan, ExitCode::kHost, {},
                 "the devices' interrupts need " + std::to_string(plan.files_needed) + " open files, the limit is " +
                     std::to_string(plan.machine.files_hard) + " (RLIMIT_NOFILE)",
                 "ulimit -Hn " + std::to_string(plan.files_needed) +
                     ", or in a systemd unit: LimitNOFILE=" + std::to_string(plan.files_needed));
  constexpr unsigned kRoutes = platform::kMaxRoutes - platform::kPinRoutes;
  if (plan.vectors > kRoutes)
    plan.remarks.push_back("the devices have " + std::to_string(plan.vectors) + " interrupt vectors, KVM routes " +
                           std::to_string(kRoutes) + " a guest: those that it unmasks after that many are lost");
}

std::string huge_page_folder(const config::MemoryConfig& memory) {
  if (!memory.numa_node) return platform::kHugePageFolder;
  return "/sys/devices/system/node/node" + std::to_string(*memory.numa_node) + "/hugepages";
}

void check_huge_pages(Plan& plan) {
  const config::MemoryConfig& memory = plan.config.memory;
  if (memory.numa_node && !plan.machine.numa_node_present)
    add_conflict(plan, ExitCode::kHost, memory.where,
                 "there is no NUMA node " + std::to_string(*memory.numa_node) + " with memory",
                 "ls -d /sys/devices/system/node/node* shows the nodes");
  if (!memory.hugepages) return;
  const platform::HugePages pool = platform::pool_of(plan.machine.huge_pages, *memory.hugepages);
  const uint64_t needed = memory.size / *memory.hugepages;
  if (pool.free >= needed) return;
  const std::string folder = huge_page_folder(memory);
  add_conflict(plan, ExitCode::kHost, memory.where,
               "the guest needs " + std::to_string(needed) + " huge pages, " + folder + "/" +
                   platform::pool_name(pool.page_size) + " has " + std::to_string(pool.free) + " free",
               platform::grow_command(folder, pool, needed));
}

void check_emulated(Plan& plan, const Surroundings& surroundings) {
  for (const config::EmulatedConfig* device : emulated_devices_of(plan.config)) {
    if (const auto image = surroundings.images.find(device->disk.image);
        image != surroundings.images.end() && !image->second.problem.empty())
      add_conflict(plan, ExitCode::kBootImage, device->disk.image_where, image->second.problem, image->second.help)
          .subject = image->first;
    if (const auto network = surroundings.networks.find(device->net.tap + device->net.socket);
        network != surroundings.networks.end() && !network->second.problem.empty())
      add_conflict(plan, ExitCode::kHost, device->net.way_where, network->second.problem, network->second.help)
          .subject = network->first;
    for (const config::ConsolePortConfig& port : device->ports)
      if (const auto seen = surroundings.console_ports.find(port.socket + port.file);
          seen != surroundings.console_ports.end() && !seen->second.problem.empty())
        add_conflict(plan, base::ExitCode::kHost, port.where, seen->second.problem, seen->second.help).subject =
            seen->first;
  }
}

}  // namespace

void check_files(Plan& plan, const Surroundings& surroundings) {
  const config::BootConfig& boot = plan.config.boot;
  const bool direct = boot.firmware.empty();
  const config::Location& first = direct ? boot.kernel_where : boot.firmware_where;
  for (const auto& [file, where] :
       {std::pair{&surroundings.first_file, &first}, std::pair{&surroundings.initrd, &boot.initrd_where}})
    if (!file->problem.empty()) add_conflict(plan, ExitCode::kBootImage, *where, file->problem, file->help);
  // Without its package there is neither.
  if (!surroundings.variables.problem.empty() && surroundings.first_file.problem.empty())
    add_conflict(plan, ExitCode::kBootImage, boot.vars.empty() ? boot.firmware_where : boot.vars_where,
                 surroundings.variables.problem, surroundings.variables.help);
  check_emulated(plan, surroundings);
  if (!surroundings.console.problem.empty())
    add_conflict(plan, ExitCode::kConfig, plan.config.console.where, surroundings.console.problem,
                 surroundings.console.help);
  for (const auto& [what, facts, where] : {std::tuple{"kernel", &surroundings.first_file, &first},
                                           std::tuple{"initrd", &surroundings.initrd, &boot.initrd_where}})
    if (facts->size > plan.config.memory.size)
      add_conflict(plan, ExitCode::kBootImage, *where,
                   std::string(what) + " is larger than the guest's memory: it needs " +
                       std::to_string(facts->size / base::kMiB + 1) + " MiB",
                   "give the guest more memory");
}

void check_devices(Plan& plan, const Surroundings& surroundings) {
  for (const config::DeviceConfig* device : devices_of(plan.config)) {
    const DeviceFacts& known = surroundings.devices.at(device->vfio);
    const size_t first = plan.conflicts.size();
    if (!known.rom.problem.empty())
      add_conflict(plan, ExitCode::kConfig, device->rom_where, known.rom.problem, known.rom.help);
    for (const std::string& mismatch : known.mismatches)
      add_conflict(plan, ExitCode::kDevice, device->expect_where, device->vfio + " is another device: " + mismatch,
                   "name the device by what is expected of it, and not by its address");
    if (known.given) check_given(plan, *device, *known.given);
    if (known.facts && device->on_error == config::OnError::kReport && known.reports_errors == false)
      add_conflict(plan, ExitCode::kDevice, device->on_error_where,
                   device->vfio + " has no record of its errors (no AER capability), so none can be reported",
                   "write `on_error: detach` or `stop`");
    for (const host::HostFacts& companion : known.companions) check_use(plan, *device, companion);
    if (known.facts)
      check_device(plan, *device, *known.facts);
    else
      add_conflict(plan, ExitCode::kDevice, device->where, known.problem, known.help);
    for (size_t i = first; i < plan.conflicts.size(); ++i) plan.conflicts[i].subject = device->vfio;
  }
}

void check_machine(Plan& plan) {
  const host::MachineFacts& machine = plan.machine;
  if (!machine.kvm_error.empty() || !machine.kvm_present)
    add_conflict(plan, ExitCode::kHost, {},
                 "/dev/kvm: " + (machine.kvm_error.empty() ? "not there" : machine.kvm_error),
                 "enable virtualization in the firmware set-up, then: modprobe kvm_amd (or kvm_intel)");
  check_huge_pages(plan);
  check_memory(plan);
  check_vectors(plan);
  if (plan.devices.empty()) return;
  const bool covered = std::any_of(plan.devices.begin(), plan.devices.end(),
                                   [](const auto& device) { return device.second.group.has_value(); });
  if (plan.iommufd && !machine.iommufd_present)
    add_conflict(plan, ExitCode::kHost, plan.config.iommu_where, "/dev/iommu is not there",
                 "modprobe iommufd; a kernel without CONFIG_IOMMUFD needs `iommu: type1`");
  else if (!plan.iommufd && covered && !machine.vfio_present)
    add_conflict(plan, ExitCode::kHost, plan.config.iommu_where, "/dev/vfio/vfio is not there", "modprobe vfio-pci");
  if (is_short(machine, plan.memlock_needed))
    add_conflict(plan, ExitCode::kHost, plan.config.memory.where,
                 "the guest's " + std::to_string(plan.memlock_needed / base::kMiB) +
                     " MiB must be locked for DMA, the limit is " + std::to_string(machine.memlock_hard / base::kKiB) +
                     " KiB (RLIMIT_MEMLOCK)",
                 "ulimit -l " + std::to_string(plan.memlock_needed / base::kKiB) +
                     ", or in a systemd unit: LimitMEMLOCK=" + std::to_string(plan.memlock_needed));
}

}  // namespace vireo
