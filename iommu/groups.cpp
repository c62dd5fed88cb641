#include "iommu/groups.h"

#include <cerrno>

#include <dirent.h>
#include <unistd.h>

#include <charconv>

#include "iommu/driver_dma.h"
#include "vmm/base/error.h"

namespace vireo::iommu {
namespace {

// The last part of what a link points to; empty when there is none.
std::string link_name(const std::string& path) {
  char target[512];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  if (length <= 0) return {};
  const std::string whole(target, static_cast<size_t>(length));
  return whole.substr(whole.rfind('/') + 1);
}

}  // namespace

std::string device_folder(const std::string& address) {
  return "/sys/bus/pci/devices/" + address;
}

unsigned group_number(const std::string& address) {
  const std::string name = link_name(device_folder(address) + "/iommu_group");
  unsigned number = 0;
  if (std::from_chars(name.data(), name.data() + name.size(), number).ec != std::errc())
    throw base::Error(
        base::ExitCode::kHost, address + ": no IOMMU covers it (no " + device_folder(address) + "/iommu_group)",
        "turn the IOMMU on in the firmware set-up and on the host's kernel command line (intel_iommu=on)");
  return number;
}

std::string busy_members(unsigned group) {
  const std::string folder = "/sys/kernel/iommu_groups/" + std::to_string(group) + "/devices";
  std::string text;
  DIR* directory = ::opendir(folder.c_str());
  while (const dirent* entry = directory ? ::readdir(directory) : nullptr) {
    const std::string name = entry->d_name;
    if (name[0] == '.') continue;
    const std::string driver = link_name(device_folder(name) + "/driver");
    if (leaves_dma_alone(driver)) continue;
    text.append(text.empty() ? "" : ", ").append(name).append(" is bound to ").append(driver);
  }
  if (directory != nullptr) ::closedir(directory);
  return text;
}

// Source: Linux drivers/vfio/pci/vfio_pci_core.c, vfio_pci_validate_vf_token().
std::string open_help(const std::string& address, int error_number, bool with_token) {
  if (error_number == EACCES)
    return with_token ? "its PF or its VFs are open with another `vf_token`"
                      : "its PF or its VFs are VFIO's too: write `vf_token` beside it, the same UUID for all of them";
  if (error_number == EINVAL && with_token)
    return "it needs no `vf_token`: it is a VF whose PF is the host's, or has no VFs at all";
  return "see the kernel's log: dmesg | grep " + address;
}

}  // namespace vireo::iommu
