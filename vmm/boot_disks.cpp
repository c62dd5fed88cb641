#include "vmm/boot_disks.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>

#include "pci/standard.h"

namespace vireo {
namespace {

std::string unit(uint8_t devfn) {
  const unsigned function = devfn & 7;
  return fmt::format("{:x}", devfn >> 3) + (function == 0 ? "" : fmt::format(",{:x}", function));
}

bool is_nvme(const Plan& plan, const FunctionRole& role) {
  if (role.kind == FunctionKind::kEmulated) return role.emulated.kind == config::EmulatedKind::kNvme;
  const auto device = plan.devices.find(role.host);
  return device != plan.devices.end() && device->second.class_code == pci::kNvmeClass;
}

// What comes after the bridges. NVMe: the controller alone, which stands for what is below it; edk2 would want to know
// the namespace's EUI-64 as well, which nobody can tell of a passed-through one.
std::optional<std::string> node_of(const Plan& plan, const FunctionRole& role, uint8_t devfn) {
  if (is_nvme(plan, role)) return "/nvme@" + unit(devfn);
  if (role.kind == FunctionKind::kEmulated && role.emulated.is_disk() && !role.emulated.disk.seed)
    return "/scsi@" + unit(devfn) + "/disk@0,0";
  return std::nullopt;
}

void find_disks(const Plan& plan, const std::vector<pci::PlannedFunction>& bus, const std::string& path,
                const std::string& port, std::vector<BootDisk>& disks) {
  for (const pci::PlannedFunction& function : bus) {
    if (function.bridge)
      find_disks(plan, function.below, path + "/pci-bridge@" + unit(function.devfn), function.name, disks);
    const FunctionRole& role = plan.roles.at(function.name);
    const auto node = node_of(plan, role, function.devfn);
    if (!node) continue;
    const bool chosen = !port.empty() && port == plan.config.boot.disk;
    const unsigned rank = chosen ? 0 : role.kind == FunctionKind::kEmulated ? 1 : 2;
    disks.push_back({function.name, path + *node, rank});
  }
}

}  // namespace

std::vector<BootDisk> boot_disks(const Plan& plan) {
  std::vector<BootDisk> disks;
  find_disks(plan, plan.root_bus, "/pci@i0cf8", "", disks);
  std::stable_sort(disks.begin(), disks.end(), [](const auto& a, const auto& b) { return a.rank < b.rank; });
  return disks;
}

void check_boot_disk(Plan& plan) {
  const config::BootConfig& boot = plan.config.boot;
  if (boot.firmware.empty()) return;
  const std::vector<BootDisk> disks = boot_disks(plan);
  if (disks.empty())
    add_conflict(plan, base::ExitCode::kConfig, boot.firmware_where, "the guest has no disk that firmware boots from",
                 "give it one: {virtio: block, image: PATH}, {emulated: nvme, image: PATH}, or an NVMe device by vfio");
  else if (!boot.disk.empty() && disks[0].rank != 0)
    add_conflict(plan, base::ExitCode::kConfig, boot.disk_where, "there is no disk at a port " + boot.disk,
                 "name the port that has it, or leave `disk` out");
  if (boot.firmware == "ovmf" && boot.vars.empty())
    plan.remarks.push_back(
        "UEFI's variables (boot entries, say) are gone when vireo ends: boot.vars keeps them in a file");
}

}  // namespace vireo
