#include "iommu/type1.h"

#include <dirent.h>
#include <linux/vfio.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "iommu/driver_dma.h"
#include "iommu/info_capabilities.h"
#include "iommu/type1_errors.h"
#include "vmm/base/ioctl.h"
#include "vmm/base/log.h"

namespace vireo::iommu {
namespace {

using base::Error;
using base::ExitCode;
using base::Ioctl;
using base::SystemError;

constexpr Ioctl<void> kCheckExtension{VFIO_CHECK_EXTENSION, "VFIO_CHECK_EXTENSION"};
constexpr Ioctl<void> kSetIommu{VFIO_SET_IOMMU, "VFIO_SET_IOMMU"};
constexpr Ioctl<int> kGroupSetContainer{VFIO_GROUP_SET_CONTAINER, "VFIO_GROUP_SET_CONTAINER"};
constexpr Ioctl<vfio_group_status> kGroupGetStatus{VFIO_GROUP_GET_STATUS, "VFIO_GROUP_GET_STATUS"};
constexpr Ioctl<void> kGroupGetDevice{VFIO_GROUP_GET_DEVICE_FD, "VFIO_GROUP_GET_DEVICE_FD"};
constexpr Ioctl<vfio_iommu_type1_info> kIommuGetInfo{VFIO_IOMMU_GET_INFO, "VFIO_IOMMU_GET_INFO"};
constexpr Ioctl<vfio_iommu_type1_dma_map> kMapDma{VFIO_IOMMU_MAP_DMA, "VFIO_IOMMU_MAP_DMA"};
constexpr Ioctl<vfio_iommu_type1_dma_unmap> kUnmapDma{VFIO_IOMMU_UNMAP_DMA, "VFIO_IOMMU_UNMAP_DMA"};

constexpr const char* kContainerPath = "/dev/vfio/vfio";

std::string device_folder(const std::string& address) {
  return "/sys/bus/pci/devices/" + address;
}

// The last part of what a link points to; empty when there is none.
std::string link_name(const std::string& path) {
  char target[512];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  if (length <= 0) return {};
  const std::string whole(target, static_cast<size_t>(length));
  return whole.substr(whole.rfind('/') + 1);
}

unsigned group_number(const std::string& address) {
  const std::string name = link_name(device_folder(address) + "/iommu_group");
  unsigned number = 0;
  if (std::from_chars(name.data(), name.data() + name.size(), number).ec != std::errc())
    throw Error(ExitCode::kHost, address + ": no IOMMU covers it (no " + device_folder(address) + "/iommu_group)",
                "turn the IOMMU on in the firmware set-up and on the host's kernel command line (intel_iommu=on)");
  return number;
}

// What makes the group not viable: members with drivers that do DMA for the host.
std::string members(unsigned group) {
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

void require_viable(const base::Fd& group, unsigned number, const std::string& path) {
  vfio_group_status status{.argsz = sizeof status, .flags = 0};
  base::ioctl(group, kGroupGetStatus, status, path, ExitCode::kDevice);
  if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0)
    throw Error(ExitCode::kDevice, path + ": the IOMMU group is not viable: " + members(number),
                "give all of the group's devices to the guest, or unbind them from their drivers");
}

constexpr size_t kUsualInfoSize = 512;  // with a handful of IOVA ranges

std::vector<uint8_t> iommu_info(const base::Fd& container) {
  std::vector<uint8_t> buffer(kUsualInfoSize);
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto& info = *reinterpret_cast<vfio_iommu_type1_info*>(buffer.data());
    info.argsz = static_cast<uint32_t>(buffer.size());
    base::ioctl(container, kIommuGetInfo, info, kContainerPath);
    if (info.argsz <= buffer.size()) break;
    buffer.resize(info.argsz);
  }
  return buffer;
}

}  // namespace

Type1Container::Type1Container() : container_(::open(kContainerPath, O_RDWR | O_CLOEXEC)) {
  if (!container_)
    throw SystemError(ExitCode::kHost, std::string("cannot open ") + kContainerPath, errno, "modprobe vfio-pci");
  if (base::try_ioctl(container_, kCheckExtension, VFIO_TYPE1v2_IOMMU) <= 0)
    throw Error(ExitCode::kHost, std::string(kContainerPath) + ": this kernel has no type1 IOMMU driver for VFIO",
                "modprobe vfio_iommu_type1");
}

Type1Container::~Type1Container() = default;

const base::Fd& Type1Container::open_group(const std::string& address) {
  const unsigned number = group_number(address);
  const std::lock_guard lock(mutex_);
  if (const auto found = groups_.find(number); found != groups_.end()) return found->second;
  const std::string path = "/dev/vfio/" + std::to_string(number);
  base::Fd group(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!group)
    throw SystemError(ExitCode::kDevice, address + ": cannot open " + path, errno,
                      errno == EBUSY ? "another program has the group open: fuser " + path
                                     : "run vireo as root, or give the group's file to its user: chown USER " + path);
  require_viable(group, number, path);
  int container = container_.get();
  base::ioctl(group, kGroupSetContainer, container, path, ExitCode::kDevice);
  if (!iommu_set_) base::ioctl(container_, kSetIommu, VFIO_TYPE1v2_IOMMU, kContainerPath);
  iommu_set_ = true;
  return groups_.emplace(number, std::move(group)).first->second;
}

base::Fd Type1Container::open_device(const std::string& address) {
  const base::Fd& group = open_group(address);
  // Outside the lock: the kernel resets the device here, and several wait together.
  const int device = ::ioctl(group.get(), kGroupGetDevice.request, address.c_str());
  if (device < 0)
    throw SystemError(ExitCode::kDevice, address + ": VFIO_GROUP_GET_DEVICE_FD", errno,
                      "see the kernel's log: dmesg | grep " + address);
  return base::Fd(device);
}

std::vector<base::IovaRange> Type1Container::usable_iova() const {
  std::vector<base::IovaRange> ranges;
  const std::vector<uint8_t> buffer = iommu_info(container_);
  const auto info = load<vfio_iommu_type1_info>(buffer, 0);
  if (!info || (info->flags & VFIO_IOMMU_INFO_CAPS) == 0) return ranges;
  for (const InfoCapability& capability : walk_info_capabilities(buffer, info->cap_offset)) {
    if (capability.id != VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) continue;
    const auto count = load<uint32_t>(capability.bytes, offsetof(vfio_iommu_type1_info_cap_iova_range, nr_iovas));
    for (uint32_t i = 0; count && i < *count; ++i) {
      const auto entry = load<vfio_iova_range>(
          capability.bytes, sizeof(vfio_iommu_type1_info_cap_iova_range) + i * sizeof(vfio_iova_range));
      if (!entry) break;
      if (entry->end < entry->start) continue;
      // A range that ends at 2^64 has a size that does not fit: its last page is given up.
      const uint64_t size = entry->end - entry->start == ~uint64_t{0} ? ~uint64_t{0} : entry->end - entry->start + 1;
      if (const auto range = base::IovaRange::make(base::Iova(entry->start), size)) ranges.push_back(*range);
    }
  }
  return ranges;
}

void Type1Container::map(base::Iova iova, base::HostAddress host, uint64_t size) {
  vfio_iommu_type1_dma_map request{.argsz = sizeof request,
                                   .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
                                   .vaddr = host.value(),
                                   .iova = iova.value(),
                                   .size = size};
  if (const int error = base::try_ioctl(container_, kMapDma, request); error < 0) throw map_error(iova, size, -error);
}

void Type1Container::unmap(base::Iova iova, uint64_t size) noexcept {
  vfio_iommu_type1_dma_unmap request{.argsz = sizeof request, .flags = 0, .iova = iova.value(), .size = size};
  if (const int error = base::try_ioctl(container_, kUnmapDma, request); error < 0)
    spdlog::warn("VFIO_IOMMU_UNMAP_DMA at {:#x}: {}", iova.value(), base::errno_text(-error));
}

std::vector<int> Type1Container::kvm_files() const {
  const std::lock_guard lock(mutex_);
  std::vector<int> files;
  for (const auto& [number, fd] : groups_) files.push_back(fd.get());
  return files;
}

}  // namespace vireo::iommu
