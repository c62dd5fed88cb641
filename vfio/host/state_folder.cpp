#include "vfio/host/state_folder.h"

#include <sys/stat.h>

#include <cerrno>

#include "vfio/host/claim.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

std::string run_folder(const HostRoot& root) {
  return root.prefix + "/run";
}
std::string state_folder(const HostRoot& root) {
  return run_folder(root) + "/vireo";
}

void make_folder(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
    throw base::SystemError(base::ExitCode::kHost, "cannot make " + path, errno,
                            "claiming a device needs root: run vireo as root, or bind the device to vfio-pci first");
}

bool writable(const std::string& path) {
  return ::access(path.c_str(), W_OK | X_OK) == 0;
}

}  // namespace

std::string journal_folder(const HostRoot& root) {
  return state_folder(root) + "/claims";
}

std::string vf_record_folder(const HostRoot& root) {
  return state_folder(root) + "/vfs";
}

std::string vf_record_path(const HostRoot& root, const std::string& physical_function) {
  return vf_record_folder(root) + "/" + physical_function + ".json";
}

std::string device_lock_folder(const HostRoot& root) {
  return state_folder(root) + "/devices";
}

std::string device_lock_path(const HostRoot& root, const std::string& address) {
  return device_lock_folder(root) + "/" + address + ".lock";
}

std::string state_lock_path(const HostRoot& root) {
  return journal_folder(root) + "/.lock";
}

void make_state_folders(const HostRoot& root) {
  // The one that is made last.
  if (exists(vf_record_folder(root))) return;
  if (!exists(run_folder(root))) make_folder(run_folder(root), 0755);
  make_folder(state_folder(root), 0755);
  make_folder(journal_folder(root), 0700);
  make_folder(device_lock_folder(root), 0700);
  make_folder(vf_record_folder(root), 0700);
}

bool may_write_state(const HostRoot& root) {
  // The deepest folder that there is decides.
  for (const std::string& path : {device_lock_folder(root), state_folder(root), run_folder(root)}) {
    if (writable(path)) return true;
    if (errno != ENOENT) return false;
  }
  return writable(root.prefix.empty() ? "/" : root.prefix);
}

}  // namespace vireo::host
