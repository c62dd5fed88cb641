#include "vmm/compare/paths.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>

#include "vfio/host/nvme_disk.h"
#include "vfio/host/nvme_resources.h"
#include "vfio/host/physical_function.h"
#include "vfio/host/sysfs_reader.h"
#include "vfio/host/uses.h"
#include "vmm/base/fd.h"
#include "vmm/boot/initramfs.h"
#include "vmm/compare/agent_image.h"
#include "vmm/compare/guest_file.h"

namespace vireo::compare {
namespace {

using base::ExitCode;

void require_unused(const std::string& node) {
  struct stat status {};
  if (::stat(node.c_str(), &status) != 0)
    throw base::SystemError(ExitCode::kDevice, "the medium " + node, errno, "name a block device or an image");
  if (!S_ISBLK(status.st_mode)) return;
  const base::Fd alone(::open(node.c_str(), O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC));
  if (!alone && errno == EBUSY)
    throw base::Error(ExitCode::kDevice, node + " is in use: a file system, a RAID or a device mapper has it",
                      "unmount it, or name a medium that nobody uses");
}

// Does its controller answer as one whose VFs are secondary controllers?
bool has_virtual_resources(const std::string& controller) {
  try {
    host::read_nvme_resources(host::find_physical_function(controller).nvme_node, 0);
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

HostMedium nvme_medium(const config::CompareConfig& config) {
  const std::string address = host::find_nvme_controller(config.nvme);
  for (const host::DeviceUse& use : host::block_uses(address, {}))
    if (use.blocking && config.backing.empty())
      throw base::Error(ExitCode::kDevice, address + ": " + use.what, "name a controller whose disks nobody uses");
  const std::string node = "/dev/" + host::find_nvme_disk(address, config.name_space);
  return {.node = node,
          .text = address + ", namespace " + std::to_string(config.name_space) + " (" + node + ")",
          .controller = address,
          .has_virtual_resources = has_virtual_resources(address)};
}

bool can_have_vfs(const std::string& controller) {
  return host::read_number("/sys/bus/pci/devices/" + controller + "/sriov_totalvfs").value_or(0) != 0;
}

PathKind kind_of(const std::string& name) {
  if (name == "vf") return PathKind::kPassthrough;
  if (name == "host") return PathKind::kHost;
  return name == "nvme" ? PathKind::kEmulated : PathKind::kVirtio;
}

std::vector<std::string> modules_of(const std::string& path) {
  if (path == "virtio-blk") return {"virtio_pci", "virtio_blk"};
  return {"nvme"};
}

void require_file(const std::string& path, const char* key) {
  if (::access(path.c_str(), R_OK) != 0)
    throw base::SystemError(ExitCode::kBootImage, path, errno,
                            std::string("name one in the file: `guest: {") + key + ": ...}`");
}

}  // namespace

HostMedium find_medium(const config::CompareConfig& config) {
  HostMedium medium = config.nvme.empty() ? HostMedium{.node = config.disk, .text = config.disk, .controller = {}}
                                          : nvme_medium(config);
  // What a file names as another way to the medium has it, and is meant to.
  if (config.backing.empty()) require_unused(medium.node);
  return medium;
}

std::vector<std::string> path_names(const config::CompareConfig& config, const HostMedium& medium) {
  if (!config.paths.empty()) return config.paths;
  std::vector<std::string> names(config::kPathNames.begin(), config::kPathNames.end());
  if (medium.controller.empty() || !can_have_vfs(medium.controller)) std::erase(names, "vf");
  return names;
}

GuestFiles find_guest_files(const config::CompareConfig& config) {
  utsname host{};
  ::uname(&host);
  const std::string release = host.release;
  return {.kernel = config.kernel.empty() ? "/boot/vmlinuz-" + release : config.kernel,
          .modules = config.modules.empty() ? "/lib/modules/" + release : config.modules,
          .folder = {},
          .vireo = "/proc/self/exe",
          .agent = {}};
}

Contender prepare_path(const std::string& name, const config::CompareConfig& config, const HostMedium& medium,
                       const GuestFiles& files, const StopSignal& stop) {
  Contender contender{
      .result = {.name = name, .kind = kind_of(name), .device = medium.node, .failure = {}, .cases = {}},
      .session = nullptr};
  SessionSettings session{.command = {files.agent},
                          .log = files.folder + "/" + name + ".log",
                          .disk = medium.node,
                          .is_guest = name != "host",
                          .time_limit = config.time_limit};
  if (const auto backing = config.backing.find(name); backing != config.backing.end())
    contender.result.device = session.disk = backing->second;
  if (config.inject.path == name) {
    session.extra_exits = config.inject.exits;
    session.extra_instructions = config.inject.instructions;
  }
  if (session.is_guest) {
    require_file(files.kernel, "kernel");
    require_file(files.modules + "/modules.dep", "modules");
    const std::string yaml = files.folder + "/" + name + ".yaml";
    boot::write_initramfs({.init = agent_image(), .modules = files.modules, .wanted = modules_of(name)},
                          files.folder + "/" + name + ".initrd");
    const base::Fd file = base::open_file(yaml, O_WRONLY | O_CREAT | O_TRUNC, ExitCode::kHost, 0600);
    const std::string text = guest_file(name, config, medium, files);
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      throw base::SystemError(ExitCode::kHost, "write to " + yaml, errno);
    session.command = {files.vireo, "run", yaml};
    session.disk = name == "virtio-blk" ? "/dev/vda" : "/dev/nvme0n1";
  }
  contender.session = make_session(std::move(session), stop);
  return contender;
}

}  // namespace vireo::compare
