#include "vfio/host/nvme_disk.h"

#include <algorithm>
#include <vector>

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

size_t skip_digits(const std::string& text, size_t at) {
  return std::min(text.find_first_not_of("0123456789", at), text.size());
}

// Its node: "nvme0"; empty where no NVMe driver has it.
std::string node_of(const std::string& address, const HostRoot& root) {
  const std::vector<std::string> nodes = list_folder(root.sys() + "/bus/pci/devices/" + address + "/nvme");
  return nodes.empty() ? "" : nodes.front();
}

}  // namespace

std::optional<std::string> shared_disk(const std::string& name) {
  if (!name.starts_with("nvme")) return std::nullopt;
  const size_t subsystem_end = skip_digits(name, 4);
  if (subsystem_end == 4 || subsystem_end >= name.size() || name[subsystem_end] != 'c') return std::nullopt;
  const size_t controller_end = skip_digits(name, subsystem_end + 1);
  if (controller_end >= name.size() || name[controller_end] != 'n') return std::nullopt;
  return name.substr(0, subsystem_end) + name.substr(controller_end);
}

std::string find_nvme_controller(const std::string& name, const HostRoot& root) {
  std::string address = base_name(link_target(root.sys() + "/class/nvme/" + name + "/device"));
  if (address.empty()) address = name.size() == 7 ? "0000:" + name : name;
  if (!exists(root.sys() + "/bus/pci/devices/" + address))
    throw base::Error(base::ExitCode::kDevice, "the host has no NVMe controller " + name, "vireo host list");
  if (node_of(address, root).empty())
    throw base::Error(base::ExitCode::kDevice, address + " is no NVMe controller that the host's driver has",
                      "vireo host list says what it is, and who has it");
  return address;
}

std::string find_nvme_disk(const std::string& address, unsigned name_space, const HostRoot& root) {
  const std::string node = node_of(address, root);
  std::string others;
  for (const std::string& name : list_folder(root.sys() + "/class/nvme/" + node)) {
    if (!name.starts_with("nvme") || name.find('n', 4) == std::string::npos) continue;
    std::string disk = shared_disk(name).value_or(name);
    const auto number = read_number(root.sys() + "/class/block/" + disk + "/nsid");
    if (number == name_space) return disk;
    if (number) others += (others.empty() ? "" : ", ") + std::to_string(*number);
  }
  throw base::Error(base::ExitCode::kDevice, address + " has no namespace " + std::to_string(name_space),
                    others.empty() ? "it has none that the host's driver found" : "it has: " + others);
}

}  // namespace vireo::host
