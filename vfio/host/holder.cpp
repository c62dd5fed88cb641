#include "vfio/host/holder.h"

#include <algorithm>
#include <vector>

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"
#include "vmm/base/printable.h"

namespace vireo::host {
namespace {

// The group's node and the device's own: Documentation/ABI/testing/sysfs-devices-vfio-dev
std::vector<std::string> device_nodes(const HostRoot& root, const std::string& address) {
  const std::string folder = root.sys() + "/bus/pci/devices/" + address;
  std::vector<std::string> nodes;
  const std::string group = link_name(folder + "/iommu_group");
  if (!group.empty()) nodes.push_back("/dev/vfio/" + group);
  for (const std::string& name : list_folder(folder + "/vfio-dev")) nodes.push_back("/dev/vfio/devices/" + name);
  return nodes;
}

bool has_open(const std::string& process, const std::vector<std::string>& nodes) {
  const std::string folder = process + "/fd/";
  const auto fds = list_folder(folder);
  return std::any_of(fds.begin(), fds.end(), [&](const std::string& fd) {
    return std::find(nodes.begin(), nodes.end(), link_text(folder + fd)) != nodes.end();
  });
}

}  // namespace

std::string device_holder(const HostRoot& root, const std::string& address) {
  const auto nodes = device_nodes(root, address);
  const std::string proc = root.proc() + "/";
  for (const std::string& pid : list_folder(proc)) {
    const std::string process = proc + pid;
    if (!parse_number(pid) || !has_open(process, nodes)) continue;
    return base::printable(base::read_text_or_empty(process + "/comm")).append(", pid ").append(pid);
  }
  return {};
}

}  // namespace vireo::host
