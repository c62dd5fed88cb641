#include "vmm/compare/disk_medium.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "vfio/host/nvme_disk.h"
#include "vfio/host/nvme_resources.h"
#include "vfio/host/physical_function.h"
#include "vfio/host/sysfs_reader.h"
#include "vfio/host/uses.h"
#include "vmm/base/fd.h"
#include "vmm/compare/agent/disk.h"
#include "vmm/compare/environment.h"
#include "vmm/compare/vf_device.h"
#include "vmm/config/units.h"

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

DiskMedium::Facts nvme_facts(const config::CompareConfig& config) {
  const std::string address = host::find_nvme_controller(config.nvme);
  for (const host::DeviceUse& use : host::block_uses(address, {}))
    if (use.blocking && config.backing.empty())
      throw base::Error(ExitCode::kDevice, address + ": " + use.what, "name a controller whose disks nobody uses");
  const std::string node = "/dev/" + host::find_nvme_disk(address, config.name_space);
  return {.node = node,
          .text = address + ", namespace " + std::to_string(config.name_space) + " (" + node + ")",
          .controller = address,
          .has_virtual_resources = has_virtual_resources(address),
          .can_have_vfs = host::read_number("/sys/bus/pci/devices/" + address + "/sriov_totalvfs").value_or(0) != 0};
}

uint64_t size_of(const std::string& node) {
  const base::Fd medium = base::open_file(node, O_RDONLY, ExitCode::kDevice);
  return static_cast<uint64_t>(std::max<off_t>(::lseek(medium.get(), 0, SEEK_END), 0));
}

PathKind kind_of(const std::string& path) {
  if (path == "vf" || path == "pf") return PathKind::kPassthrough;
  if (path == "host") return PathKind::kHost;
  return path == "nvme" ? PathKind::kEmulated : PathKind::kVirtio;
}

// The host finds a controller's disks a little after a guest that had all of it has given it back.
std::unique_ptr<HostPart> wait_for(const std::string& disk) {
  const agent::Disk there(disk, false);
  return nullptr;
}

}  // namespace

DiskMedium::Facts DiskMedium::find(const config::CompareConfig& config) {
  Facts facts =
      config.nvme.empty() ? Facts{.node = config.disk, .text = config.disk, .controller = {}} : nvme_facts(config);
  // What a file names as another way to the medium has it, and is meant to.
  if (config.backing.empty()) require_unused(facts.node);
  for (const auto& [path, node] : config.backing) size_of(node);  // it is there, and can be read
  facts.size = size_of(facts.node);
  return facts;
}

std::string DiskMedium::operation() const {
  return config::format_size(config_.block) + " random " + (config_.writes() ? "writes" : "reads");
}

agent::Order DiskMedium::order() const {
  constexpr uint64_t kMostByDefault = base::kGiB;
  const uint64_t left = facts_.size - std::min(facts_.size, config_.first);
  const uint64_t size =
      config_.size != 0 ? config_.size : std::min(left, kMostByDefault) / config_.block * config_.block;
  if (size == 0 || size > left)
    throw base::Error(ExitCode::kConfig,
                      "the range ends beyond the medium, which has " + config::format_size(facts_.size),
                      "range: {first: ..., size: ...} within it");
  return {.operation = config_.writes() ? agent::Operation::kWrite : agent::Operation::kRead,
          .block = config_.block,
          .first = config_.first,
          .span = size};
}

std::vector<std::string> DiskMedium::paths() const {
  std::vector<std::string> names{"vf", "virtio-blk", "nvme", "host"};
  if (!facts_.can_have_vfs) std::erase(names, "vf");
  return names;
}

Route DiskMedium::route(const std::string& path) const {
  const auto backing = config_.backing.find(path);
  const std::string& node = backing == config_.backing.end() ? facts_.node : backing->second;
  Route route{.kind = kind_of(path), .device = node, .exclusive = path == "pf"};
  const std::string seen = path == "host" ? node : path == "virtio-blk" ? "/dev/vda" : "/dev/nvme0n1";
  route.words = "disk " + seen;
  if (!facts_.controller.empty()) route.provide = [disk = facts_.node] { return wait_for(disk); };
  if (path == "host") return route;
  route.guest_device = device_json(path, node);
  route.modules =
      path == "virtio-blk" ? std::vector<std::string>{"virtio_pci", "virtio_blk"} : std::vector<std::string>{"nvme"};
  return route;
}

std::string DiskMedium::device_json(const std::string& path, const std::string& node) const {
  if (path == "pf") return nlohmann::json{{"vfio", facts_.controller}}.dump();
  if (path == "vf") {
    config::VfConfig vf = config_.vf.value_or(config::VfConfig{});
    if (facts_.has_virtual_resources) {
      // A queue and an interrupt for each CPU, and those for administration. NVMe base specification 2.0, 8.26
      vf.queues = vf.queues.value_or(config_.cpus + 1);
      vf.interrupts = vf.interrupts.value_or(config_.cpus + 1);
      vf.namespaces = vf.namespaces.value_or(std::vector<unsigned>{config_.name_space});
    }
    return vf_device(vf, facts_.controller).dump();
  }
  nlohmann::json disk{{"image", node}, {"direct", true}, {"read_only", !config_.writes()}};
  disk[path == "nvme" ? "emulated" : "virtio"] = path == "nvme" ? "nvme" : "block";
  return disk.dump();
}

std::vector<std::string> DiskMedium::warnings() const {
  const auto warning = scheduler_warning(facts_.node);
  return warning ? std::vector{*warning} : std::vector<std::string>{};
}

}  // namespace vireo::compare
