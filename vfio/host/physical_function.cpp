#include "vfio/host/physical_function.h"

#include "iommu/driver_dma.h"
#include "vfio/host/binding.h"
#include "vfio/host/holder.h"
#include "vfio/host/pci_address.h"
#include "vfio/host/sysfs_reader.h"
#include "vfio/host/uses.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

std::string first_entry(const std::string& folder) {
  const auto names = list_folder(folder);
  return names.empty() ? std::string() : names.front();
}

// A folder's own name, where it may be reached by a link.
std::string real_name(const std::string& folder) {
  const std::string target = link_name(folder);
  return target.empty() ? base_name(folder) : target;
}

// The device's folder, by whatever name a person has for it; empty: there is no such device.
std::string device_folder(const std::string& name, const HostRoot& root) {
  if (name.empty() || name.find('/') != std::string::npos) return {};
  const std::string bus = root.sys() + "/bus/pci/devices/";
  for (const std::string& address : {name, "0000:" + name})
    if (parse_address(address)) return exists(bus + address) ? bus + address : std::string();
  const std::string interface = root.sys() + "/class/net/" + name + "/device";
  const std::string controller = root.sys() + "/class/nvme/" + name + "/device";
  // An interface may have any name; where it is a controller's, nobody knows which of them a file means.
  if (exists(interface) && exists(controller))
    throw Error(ExitCode::kDevice,
                name + " is a network interface, of " + real_name(interface) + ", and an NVMe controller, of " +
                    real_name(controller),
                "name the PF by its address");
  return exists(interface) ? interface : exists(controller) ? controller : std::string();
}

std::vector<std::string> read_vfs(const std::string& folder) {
  std::vector<std::string> vfs;
  for (unsigned index = 0;; ++index) {
    std::string address = link_name(folder + "/virtfn" + std::to_string(index));
    if (address.empty()) return vfs;
    vfs.push_back(std::move(address));
  }
}

PhysicalFunction read_physical_function(const std::string& folder) {
  PhysicalFunction found{.name = real_name(folder), .folder = folder};
  found.driver = link_name(folder + "/driver");
  found.interface = first_entry(folder + "/net");
  if (!parse_address(found.name)) found.name = found.interface;
  if (const std::string controller = first_entry(folder + "/nvme"); !controller.empty())
    found.nvme_node = "/dev/" + controller;
  found.total_vfs = static_cast<unsigned>(read_number(folder + "/sriov_totalvfs").value_or(0));
  found.autoprobe = read_attribute(folder + "/sriov_drivers_autoprobe");
  found.vfs = read_vfs(folder);
  return found;
}

}  // namespace

PhysicalFunction find_physical_function(const std::string& name, const HostRoot& root) {
  const std::string folder = device_folder(name, root);
  if (folder.empty())
    throw Error(ExitCode::kDevice, "there is no PF \"" + name + "\" on this host",
                "name it by its address, its network interface or its NVMe controller; vireo host list shows them");
  if (!exists(folder + "/sriov_numvfs")) {
    const std::string pf = link_name(folder + "/physfn");
    throw Error(ExitCode::kDevice,
                name + (pf.empty() ? " has no SR-IOV: it cannot have VFs" : " is a VF itself, of " + pf),
                pf.empty() ? "where the device has it, the firmware's set-up or the device's own may have turned it off"
                           : "name " + pf);
  }
  return read_physical_function(folder);
}

std::vector<PhysicalFunction> list_physical_functions(const HostRoot& root) {
  std::vector<PhysicalFunction> functions;
  for (const std::string& address : list_devices(root)) {
    const std::string folder = root.sys() + "/bus/pci/devices/" + address;
    if (exists(folder + "/sriov_numvfs")) functions.push_back(read_physical_function(folder));
  }
  return functions;
}

std::string named_vf_user(const std::string& address, const HostRoot& root) {
  const Binding binding = read_binding(root, address);
  if (!binding.present) return "gone from the host";
  if (iommu::is_vfio_driver(binding.driver)) {
    const std::string holder = device_holder(root, address);
    return holder.empty() ? std::string() : "in use by " + holder;
  }
  for (const DeviceUse& use : read_facts(address, root).uses)
    if (use.blocking) return "in use: " + use.what;
  return {};
}

std::string vf_user(const std::string& address, const HostRoot& root) {
  const std::string driver = read_binding(root, address).driver;
  return driver.empty() || iommu::is_vfio_driver(driver) ? named_vf_user(address, root) : "bound to " + driver;
}

}  // namespace vireo::host
