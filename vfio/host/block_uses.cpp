#include <algorithm>
#include <cerrno>
#include <set>

#include "vfio/host/mounts.h"
#include "vfio/host/nvme_disk.h"
#include "vfio/host/sysfs_reader.h"
#include "vfio/host/uses.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

std::string node_of(const std::string& name) {
  return "/dev/" + name;
}

// A file system, a RAID and a device mapper open what they are made of so, whether or not a mount or a holder shows it.
// open(2), O_EXCL
bool held_exclusively(const std::string& node) {
  return !base::Fd(::open(node.c_str(), O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC)) && errno == EBUSY;
}

class BlockWalk {
 public:
  explicit BlockWalk(const HostRoot& root)
      : folder_(root.sys() + "/class/block/"), dev_(root.dev()), names_(list_folder(folder_)), mounts_(root) {}

  std::vector<DeviceUse> uses_of(const std::string& address) {
    for (const std::string& name : names_) {
      if (!is_below(name, address)) continue;
      if (const auto disk = shared_disk(name))
        add_shared(*disk, address);
      else
        add(name, node_of(name), true);
    }
    add_hidden_use();
    return std::move(uses_);
  }

 private:
  // "../../devices/pci0000:00/0000:00:02.0/nvme/nvme0/nvme0n1/nvme0n1p1"
  bool is_below(const std::string& name, const std::string& folder) const {
    return link_text(folder_ + name).find("/" + folder + "/") != std::string::npos;
  }

  bool has_way_beside(const std::string& disk, const std::string& address) const {
    return std::any_of(names_.begin(), names_.end(),
                       [&](const std::string& name) { return shared_disk(name) == disk && !is_below(name, address); });
  }

  // A use that no mount line explains; where one does, the disk is held for that reason.
  void add_hidden_use() {
    if (std::any_of(uses_.begin(), uses_.end(), [](const DeviceUse& use) { return use.blocking; })) return;
    for (const auto& [name, label] : alone_)
      if (held_exclusively(dev_ + "/" + name))
        uses_.push_back(
            {.what = label + " is held by the kernel (a file system of another mount namespace, a RAID or a pool)",
             .blocking = true});
  }

  // A disk that has another way stays where it is mounted when this one goes.
  void add_shared(const std::string& disk, const std::string& address) {
    const bool last_way = !has_way_beside(disk, address);
    for (const std::string& name : names_)
      if (name == disk || is_below(name, disk))
        add(name, node_of(name).append(last_way ? "" : " (which another controller serves too)"), last_way);
  }

  // The disk or partition itself, then what holds it. `label` says the way from the device to `name`.
  void add(const std::string& name, const std::string& label, bool blocking) {
    if (!seen_.insert(name).second) return;
    std::vector<std::string> nodes = {node_of(name)};
    const std::string mapped = base::read_text_or_empty(folder_ + name + "/dm/name");
    if (!mapped.empty()) nodes.push_back("/dev/mapper/" + mapped);
    const auto use = mounts_.use_of(base::read_text_or_empty(folder_ + name + "/dev"), nodes);
    if (use) uses_.push_back({.what = label + " " + *use, .blocking = blocking});
    if (blocking) alone_.emplace_back(name, label);
    for (const std::string& holder : list_folder(folder_ + name + "/holders")) {
      const std::string below = label + " is part of " + node_of(holder);
      const size_t before = uses_.size();
      add(holder, below + ", which", blocking);
      if (uses_.size() == before) uses_.push_back({.what = below});
    }
  }

  std::string folder_;
  std::string dev_;
  std::vector<std::string> names_;
  Mounts mounts_;
  std::set<std::string> seen_;
  std::vector<std::pair<std::string, std::string>> alone_;  // name and label of what goes when the device goes
  std::vector<DeviceUse> uses_;
};

}  // namespace

std::vector<DeviceUse> block_uses(const std::string& address, const HostRoot& root) {
  return BlockWalk(root).uses_of(address);
}

}  // namespace vireo::host
