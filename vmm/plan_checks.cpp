#include "vmm/plan_checks.h"

#include <algorithm>

#include "vfio/host/group.h"
#include "vmm/plan_devices.h"

namespace vireo {
namespace {

using base::ExitCode;

constexpr uint32_t kBridgeClass = 0x0604;

std::vector<std::string> addresses(const Plan& plan) {
  std::vector<std::string> taken;
  for (const auto& [address, facts] : plan.devices) taken.push_back(address);
  return taken;
}

void check_use(Plan& plan, const config::DeviceConfig& device, const host::HostFacts& facts) {
  if (device.force) return;
  for (const host::DeviceUse& use : facts.uses)
    if (use.blocking)
      add_conflict(plan, ExitCode::kDevice, device.where, device.vfio + " is in use: " + use.what,
                   "stop that use, or write `force: true` beside it");
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
    add_conflict(plan, ExitCode::kDevice, device.where,
                 device.vfio + ": its IOMMU group " + std::to_string(*facts.group) + " is not viable: " + problem,
                 "give that device to the guest too, or unbind it from its driver");
  check_use(plan, device, facts);
}

bool is_short(const host::MachineFacts& machine, uint64_t needed) {
  const bool raisable = machine.may_raise_memlock || machine.memlock_hard >= needed;
  return machine.memlock_soft < needed && !raisable && !machine.ignores_memlock;
}

void check_huge_pages(Plan& plan) {
  const config::MemoryConfig& memory = plan.config.memory;
  if (!memory.hugepages) return;
  const auto& pools = plan.machine.huge_pages;
  const auto pool =
      std::find_if(pools.begin(), pools.end(), [&](const auto& p) { return p.page_size == *memory.hugepages; });
  const uint64_t needed = memory.size / *memory.hugepages;
  const uint64_t free = pool == pools.end() ? 0 : pool->free;
  if (free >= needed) return;
  const std::string folder =
      "/sys/kernel/mm/hugepages/hugepages-" + std::to_string(*memory.hugepages / base::kKiB) + "kB";
  add_conflict(
      plan, ExitCode::kHost, memory.where,
      "the guest needs " + std::to_string(needed) + " huge pages, " + folder + " has " + std::to_string(free) + " free",
      "echo " + std::to_string(needed) + " > " + folder + "/nr_hugepages");
}

}  // namespace

void check_files(Plan& plan, const Surroundings& surroundings) {
  const config::BootConfig& boot = plan.config.boot;
  if (!surroundings.kernel.error.empty())
    add_conflict(plan, ExitCode::kBootImage, boot.kernel_where,
                 "kernel " + boot.kernel + ": " + surroundings.kernel.error,
                 "ls /boot/vmlinuz-* shows the installed kernels");
  if (!boot.initrd.empty() && !surroundings.initrd.error.empty())
    add_conflict(plan, ExitCode::kBootImage, boot.initrd_where,
                 "initrd " + boot.initrd + ": " + surroundings.initrd.error);
  for (const auto& [what, facts, where] : {std::tuple{"kernel", &surroundings.kernel, &boot.kernel_where},
                                           std::tuple{"initrd", &surroundings.initrd, &boot.initrd_where}})
    if (facts->size > plan.config.memory.size)
      add_conflict(plan, ExitCode::kBootImage, *where,
                   std::string(what) + " is larger than the guest's memory: " + std::to_string(facts->size) + " bytes",
                   "give the guest more memory");
}

void check_devices(Plan& plan, const Surroundings& surroundings) {
  for (const config::DeviceConfig* device : devices_of(plan.config)) {
    const DeviceFacts& known = surroundings.devices.at(device->vfio);
    if (known.facts)
      check_device(plan, *device, *known.facts);
    else
      add_conflict(plan, ExitCode::kDevice, device->where, known.problem, known.help);
  }
}

void check_machine(Plan& plan) {
  const host::MachineFacts& machine = plan.machine;
  if (!machine.kvm_error.empty() || !machine.kvm_present)
    add_conflict(plan, ExitCode::kHost, {},
                 "/dev/kvm: " + (machine.kvm_error.empty() ? "not there" : machine.kvm_error),
                 "enable virtualization in the firmware set-up, then: modprobe kvm_amd (or kvm_intel)");
  check_huge_pages(plan);
  if (plan.devices.empty()) return;
  const bool iommu = std::any_of(plan.devices.begin(), plan.devices.end(),
                                 [](const auto& device) { return device.second.group.has_value(); });
  if (iommu && !machine.vfio_present)
    add_conflict(plan, ExitCode::kHost, {}, "/dev/vfio/vfio is not there", "modprobe vfio-pci");
  if (is_short(machine, plan.memlock_needed))
    add_conflict(plan, ExitCode::kHost, plan.config.memory.where,
                 "the guest's " + std::to_string(plan.memlock_needed / base::kMiB) +
                     " MiB must be locked for DMA, the limit is " + std::to_string(machine.memlock_hard / base::kKiB) +
                     " KiB (RLIMIT_MEMLOCK)",
                 "ulimit -l " + std::to_string(plan.memlock_needed / base::kKiB) +
                     ", or in a systemd unit: LimitMEMLOCK=" + std::to_string(plan.memlock_needed));
}

}  // namespace vireo
