#include "iommu/type1.h"

#include <linux/vfio.h>

#include <algorithm>
#include <cstddef>

#include "iommu/groups.h"
#include "iommu/info_capabilities.h"
#include "iommu/map_error.h"
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

void require_viable(const base::Fd& group, unsigned number, const std::string& path) {
  vfio_group_status status{.argsz = sizeof status, .flags = 0};
  base::ioctl(group, kGroupGetStatus, status, path, ExitCode::kDevice);
  if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0)
    throw Error(ExitCode::kDevice, path + ": the IOMMU group is not viable: " + busy_members(number), kNotViableHelp);
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
    throw SystemError(
        ExitCode::kHost, std::string("cannot open ") + kContainerPath, errno,
        errno == EACCES || errno == EPERM ? "anybody may by default: chmod 666 /dev/vfio/vfio" : "modprobe vfio-pci");
  if (base::ioctl(container_, kCheckExtension, VFIO_TYPE1v2_IOMMU, kContainerPath) == 0)
    throw Error(ExitCode::kHost, std::string(kContainerPath) + ": this kernel has no type1 IOMMU driver for VFIO",
                "modprobe vfio_iommu_type1");
}

// A group whose file somebody else has open too would keep this container.
Type1Container::~Type1Container() {
  for (const int group : given_)
    if (::ioctl(group, VFIO_GROUP_UNSET_CONTAINER) < 0)
      spdlog::warn("VFIO_GROUP_UNSET_CONTAINER: {}", base::errno_text(errno));
}

const base::Fd& Type1Container::open_group(const DeviceToOpen& device) {
  const std::string& address = device.address;
  const unsigned number = group_number(address);
  const std::lock_guard lock(mutex_);
  if (const auto found = groups_.find(number); found != groups_.end()) return found->second;
  const std::string path = "/dev/vfio/" + std::to_string(number);
  const bool given = device.file >= 0;
  base::Fd group(given ? ::fcntl(device.file, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!group)
    throw SystemError(ExitCode::kDevice, address + ": cannot open " + path, errno,
                      errno == EBUSY ? "another program has the group open: fuser " + path
                                     : "run vireo as root, or give the group's file to its user: chown USER " + path);
  require_viable(group, number, path);
  int container = container_.get();
  base::ioctl(group, kGroupSetContainer, container, path, ExitCode::kDevice);
  if (!iommu_set_) base::ioctl(container_, kSetIommu, VFIO_TYPE1v2_IOMMU, kContainerPath);
  iommu_set_ = true;
  if (given) given_.push_back(group.get());
  return groups_.emplace(number, std::move(group)).first->second;
}

base::Fd Type1Container::open_device(const DeviceToOpen& to_open) {
  const std::string& address = to_open.address;
  const base::Fd& group = open_group(to_open);
  // Outside the lock: the kernel resets the device here, and several wait together.
  // Source: Linux drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_match().
  const std::string name = to_open.vf_token.empty() ? address : address + " vf_token=" + to_open.vf_token;
  const int device = ::ioctl(group.get(), kGroupGetDevice.request, name.c_str());
  if (device < 0)
    throw SystemError(ExitCode::kDevice, address + ": VFIO_GROUP_GET_DEVICE_FD", errno,
                      open_help(address, errno, !to_open.vf_token.empty()));
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
      if (const auto range = base::IovaRange::from_bounds(base::Iova(entry->start), entry->end))
        ranges.push_back(*range);
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
  if (const int error = base::try_ioctl(container_, kMapDma, request); error < 0)
    throw map_error(kMapDma.name, iova, size, -error);
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
