#include "vmm/boot_disks.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>

namespace vireo {
namespace {

std::string unit(uint8_t devfn) {
  const unsigned function = devfn & 7;
  return fmt::format("{:x}", devfn >> 3) + (function == 0 ? "" : fmt::format(",{:x}", function));
}

// PCI class 01h, subclass 08h: NVMe.
constexpr uint32_t kNvmeClass = 0x0108;

// The node of a disk, less its unit address, and what is below; nothing: it is no disk.
struct Node {
  std::string name;
  std::string below;
};
std::optional<Node> node_of(const Plan& plan, const FunctionRole& role) {
  const Node nvme{"pci8086,5845", "namespace@1,0"};
  if (role.kind == FunctionKind::kPassthrough) {
    const auto device = plan.devices.find(role.host);
    if (device == plan.devices.end() || device->second.class_code >> 8 != kNvmeClass) return std::nullopt;
    return nvme;
  }
  if (role.kind != FunctionKind::kEmulated || !role.emulated.is_disk()) return std::nullopt;
  return role.emulated.kind == config::EmulatedKind::kNvme ? nvme : Node{"scsi", "disk@0,0"};
}

void find_disks(const Plan& plan, const std::vector<pci::PlannedFunction>& bus, const std::string& path,
                const std::string& port, std::vector<BootDisk>& disks) {
  for (const pci::PlannedFunction& function : bus) {
    if (function.bridge)
      find_disks(plan, function.below, path + "/pci-bridge@" + unit(function.devfn), function.name, disks);
    const FunctionRole& role = plan.roles.at(function.name);
    const auto node = node_of(plan, role);
    if (!node) continue;
    const unsigned rank = port == plan.config.boot.disk ? 0 : role.kind == FunctionKind::kEmulated ? 1 : 2;
    disks.push_back({function.name, path + "/" + node->name + "@" + unit(function.devfn) + "/" + node->below, rank});
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
