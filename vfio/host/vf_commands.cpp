#include "vfio/host/vf_commands.h"

#include "vfio/host/file_lock.h"
#include "vfio/host/held_locks.h"
#include "vfio/host/pci_address.h"
#include "vfio/host/restore.h"
#include "vfio/host/state_folder.h"
#include "vfio/host/vf_record.h"
#include "vmm/base/error.h"
#include "vmm/base/log.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

// The VF's lock, so that nobody has it. Of a VF on no PCI bus: nothing.
std::optional<FileLock> lock_unused(const PhysicalFunction& pf, unsigned index, const HostRoot& root) {
  if (!parse_address(pf.name)) return std::nullopt;
  std::optional<FileLock> lock;
  choose_vf(pf, {.physical_function = pf.name, .index = index}, [&](const std::string& address) {
    const std::string path = device_lock_path(root, address);
    lock = FileLock::try_take(path);
    return lock ? named_vf_user(address, root) : "in use by " + lock_owner(path);
  });
  return lock;
}

void require_pci(const PhysicalFunction& pf) {
  if (!parse_address(pf.name))
    throw Error(ExitCode::kDevice, pf.name + " is on no PCI bus: a guest cannot have its VFs",
                "only their policy can be set");
}

void take_away(const PhysicalFunction& pf, VfRecord& record, const HostRoot& root, HostWriter& writer) {
  VfChanges changes(root, writer);
  changes.require_unused(pf);
  record.undo([](const Step&) { return true; });
  const PhysicalFunction now = find_physical_function(pf.name, root);
  // Of somebody else's making.
  if (!now.vfs.empty())
    changes.undo(VfCountStep{.device = pf.name, .count = static_cast<unsigned>(now.vfs.size()), .autoprobe = ""});
}

ListedVf list_vf(const PhysicalFunction& pf, unsigned index, const HeldLocks& locks, const HostRoot& root,
                 HostWriter& writer) {
  ListedVf vf{.address = pf.vfs[index], .user = locks.owner_of(pf.vfs[index])};
  vf.user = vf.user.empty() ? vf_user(vf.address, root) : "in use by " + vf.user;
  vf.driver = read_binding(root, vf.address).driver;
  try {
    if (!pf.interface.empty()) vf.policy = writer.read_policy(pf.interface, index);
    if (!pf.nvme_node.empty()) vf.resources = writer.read_resources(pf.nvme_node, index);
  } catch (const Error& error) {
    spdlog::warn("[{}] {}", vf.address, error.what());
  }
  return vf;
}

}  // namespace

bool create_vfs(const std::string& physical_function, unsigned count, const HostRoot& root, HostWriter& writer) {
  require_pci(find_physical_function(physical_function, root));
  const FileLock state = take_state(root, writer);
  const PhysicalFunction pf = find_physical_function(physical_function, root);
  require_able(pf, {.physical_function = pf.name, .create = count});
  if (pf.vfs.size() == count) return false;
  VfRecord record(pf.name, root, writer);
  if (!pf.vfs.empty()) take_away(pf, record, root, writer);
  record.add(
      VfCountStep{.device = pf.name, .count = count, .autoprobe = find_physical_function(pf.name, root).autoprobe});
  return true;
}

void set_vf(const VfRequest& request, const HostRoot& root, HostWriter& writer) {
  require_able(find_physical_function(request.physical_function, root), request);
  const FileLock state = take_state(root, writer);
  const PhysicalFunction pf = find_physical_function(request.physical_function, root);
  const unsigned index = request.index.value_or(0);
  // A guest goes on under another policy; without its queues it would not.
  std::optional<FileLock> lock;
  if (request.wants_resources()) lock = lock_unused(pf, index, root);
  VfRecord record(pf.name, root, writer);
  for (const Step& step : steps_to(pf, index, request, writer, root)) record.add(step);
}

void release_vf(const std::string& physical_function, unsigned index, const HostRoot& root, HostWriter& writer) {
  const PhysicalFunction pf = find_physical_function(physical_function, root);
  const FileLock state = take_state(root, writer);
  const std::optional<FileLock> lock = lock_unused(pf, index, root);
  VfRecord(pf.name, root, writer).undo([&](const Step& step) {
    const auto* policy = std::get_if<VfPolicyStep>(&step);
    return lock ? device_of(step) == pf.vfs[index] : policy != nullptr && policy->place.index == index;
  });
}

bool destroy_vfs(const std::string& physical_function, const HostRoot& root, HostWriter& writer) {
  require_pci(find_physical_function(physical_function, root));
  const FileLock state = take_state(root, writer);
  const PhysicalFunction pf = find_physical_function(physical_function, root);
  VfRecord record(pf.name, root, writer);
  take_away(pf, record, root, writer);
  return !pf.vfs.empty();
}

std::vector<ListedPf> list_vfs(const std::string& physical_function, const HostRoot& root, HostWriter& writer) {
  std::vector<ListedPf> listed;
  const HeldLocks locks(root);
  const auto functions = physical_function.empty()
                             ? list_physical_functions(root)
                             : std::vector<PhysicalFunction>{find_physical_function(physical_function, root)};
  for (const PhysicalFunction& pf : functions) {
    listed.push_back({.function = pf, .vfs = {}});
    for (unsigned index = 0; index < pf.vfs.size(); ++index)
      listed.back().vfs.push_back(list_vf(pf, index, locks, root, writer));
  }
  return listed;
}

}  // namespace vireo::host
