#include "vfio/host/vf_changes.h"

#include <cerrno>
#include <vector>

#include "vfio/host/file_lock.h"
#include "vfio/host/pci_address.h"
#include "vfio/host/state_folder.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"
#include "vmm/base/log.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

std::string vf_text(const VfPlace& place) {
  return "VF " + std::to_string(place.index) + " of " + place.physical_function;
}

// What a PF's refusal of VFs means. Linux drivers/pci/pci-sysfs.c (sriov_numvfs_store), drivers/pci/iov.c
// (sriov_enable).
std::string count_help(const std::string& device, int error_number) {
  const std::string log = "; what the kernel says: dmesg | grep " + device;
  switch (error_number) {
    case ENOENT:
      return device + " needs its PF driver, one that knows SR-IOV: lspci -k -s " + device + log;
    case ENOSPC:
    case ENOMEM:
      return "its bridges have no room for the VFs' BARs or bus numbers: enable SR-IOV (and \"above 4G decoding\") in "
             "the firmware's set-up, or boot with pci=realloc,assign-busses" +
             log;
    case EBUSY:
      return "it has VFs already, or its driver is busy: vireo host vf list " + device + log;
    case ERANGE:
      return "it has no more than it says in sriov_totalvfs" + log;
    case EACCES:
    case EPERM:
    case EROFS:
      return "VFs are made by root, in a writable /sys; a locked-down kernel or a container may refuse it" + log;
    default:
      return "the PF's driver refused it" + log;
  }
}

// Keeps others from taking the VFs meanwhile, or says who has one.
std::vector<FileLock> lock_unused(const HostRoot& root, const PhysicalFunction& pf) {
  std::vector<FileLock> locks;
  for (const std::string& vf : pf.vfs) {
    const std::string path = device_lock_path(root, vf);
    auto lock = FileLock::try_take(path);
    const std::string user = lock ? vf_user(vf, root) : "in use by " + lock_owner(path);
    if (!user.empty())
      throw VfsInUse(ExitCode::kDevice,
                     std::string(pf.name).append(" keeps its VFs: ").append(vf).append(" is ").append(user),
                     "end that first");
    locks.push_back(std::move(*lock));
  }
  return locks;
}

}  // namespace

void VfChanges::require_unused(const PhysicalFunction& pf) const {
  lock_unused(root_, pf);
}

void VfChanges::set_count(const std::string& folder, const std::string& device, unsigned count) {
  try {
    writer_->write(folder + "/sriov_numvfs", std::to_string(count));
  } catch (const base::SystemError& error) {
    throw Error(ExitCode::kDevice, device + " cannot have " + std::to_string(count) + " VFs: " + error.what(),
                count_help(device, error.error_number()));
  }
}

// Kernels before 4.13, and other buses, have no such attribute.
void VfChanges::set_autoprobe(const std::string& folder, const std::string& device, const std::string& value) {
  const std::string path = folder + "/sriov_drivers_autoprobe";
  const std::string now = read_attribute(path);
  if (now.empty() || value.empty() || now == value) return;
  try {
    writer_->write(path, value);
  } catch (const base::SystemError& error) {
    throw Error(ExitCode::kDevice, device + ": " + error.what(), count_help(device, error.error_number()));
  }
}

// The kernel has made all of the VFs, and their files in sysfs, when the write returns: there is nothing to wait for.
void VfChanges::apply(const VfCountStep& step) {
  const PhysicalFunction pf = find_physical_function(step.device, root_);
  set_autoprobe(pf.folder, step.device, "0");
  set_count(pf.folder, step.device, step.count);
  const size_t made = find_physical_function(step.device, root_).vfs.size();
  if (made != step.count)
    throw Error(
        ExitCode::kDevice,
        step.device + " has " + std::to_string(made) + " VFs after " + std::to_string(step.count) + " were asked for",
        count_help(step.device, 0));
}

void VfChanges::undo(const VfCountStep& step) {
  const std::string folder = root_.sys() + "/bus/pci/devices/" + step.device;
  if (!exists(folder)) return;
  const PhysicalFunction pf = find_physical_function(step.device, root_);
  if (!pf.vfs.empty() && pf.vfs.size() != step.count) {
    spdlog::warn("[{}] has {} VFs now, not {}: left so", step.device, pf.vfs.size(), step.count);
    return;
  }
  const std::vector<FileLock> locks = lock_unused(root_, pf);
  if (!pf.vfs.empty()) set_count(folder, step.device, 0);
  set_autoprobe(folder, step.device, step.autoprobe);
}

// A VF that is gone took with it what it was held to. One on no PCI bus goes by its PF's name.
bool VfChanges::is_gone(const std::string& device) const {
  return parse_address(device) && !exists(root_.sys() + "/bus/pci/devices/" + device);
}

// Their PF's driver may have gone meanwhile.
std::string VfChanges::interface_of(const VfPlace& place) const {
  PhysicalFunction pf = find_physical_function(place.physical_function, root_);
  if (pf.interface.empty())
    throw Error(ExitCode::kDevice, vf_text(place) + ": its PF has no network interface any more",
                "bind the PF to its driver: lspci -k -s " + pf.name);
  return pf.interface;
}

std::string VfChanges::controller_of(const VfPlace& place) const {
  PhysicalFunction pf = find_physical_function(place.physical_function, root_);
  if (pf.nvme_node.empty())
    throw Error(ExitCode::kDevice, vf_text(place) + ": its PF has no NVMe controller any more",
                "bind the PF to its driver: lspci -k -s " + pf.name);
  return pf.nvme_node;
}

void VfChanges::set_policy(const VfPolicyStep& step, const VfPolicy& policy) {
  const std::string interface = interface_of(step.place);
  writer_->write_policy(interface, step.place.index, policy);
  const auto differences = policy_differences(policy, writer_->read_policy(interface, step.place.index));
  if (!differences.empty())
    throw Error(ExitCode::kDevice, vf_text(step.place) + " (" + interface + "): " + differences.front(),
                "what the PF's driver says: dmesg | grep " + interface);
}

void VfChanges::apply(const VfPolicyStep& step) {
  if (step.before != step.wanted) set_policy(step, step.wanted);
}

void VfChanges::undo(const VfPolicyStep& step) {
  if (is_gone(step.device)) return;
  const VfPolicy now = writer_->read_policy(interface_of(step.place), step.place.index);
  VfPolicy back;
  for (const auto& [key, value] : step.before) {
    const auto found = now.find(key);
    const auto set = step.wanted.find(key);
    const bool ours = set != step.wanted.end() && found != now.end() && found->second == set->second;
    if (ours && set->second != value) back.emplace(key, value);
  }
  if (!back.empty()) set_policy(step, back);
}

void VfChanges::set_resources(const NvmeResourcesStep& step, const NvmeResources& resources) {
  const std::string node = controller_of(step.place);
  writer_->write_resources(node, step.place.index, resources);
  if (const NvmeResources now = writer_->read_resources(node, step.place.index); now != resources)
    throw Error(ExitCode::kDevice,
                vf_text(step.place) + ": it is " + resources_text(now) + ", not " + resources_text(resources),
                "nvme list-secondary " + node + " shows what it has");
}

void VfChanges::apply(const NvmeResourcesStep& step) {
  if (step.before != step.wanted) set_resources(step, step.wanted);
}

// A step that ended half-way left the VF offline, or with a part of its resources: nobody else makes such a state.
// The controller keeps for a VF what it was given, also while the VF is gone.
void VfChanges::undo(const NvmeResourcesStep& step) {
  if (is_gone(step.place.physical_function) || step.before == step.wanted) return;
  const NvmeResources now = writer_->read_resources(controller_of(step.place), step.place.index);
  NvmeResources back = step.before;
  if (is_gone(step.device)) {
    back.online = false;
    back.namespaces = now.namespaces;
  }
  if (now != back) set_resources(step, back);
}

}  // namespace vireo::host
