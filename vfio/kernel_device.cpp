#include "vfio/kernel_device.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "iommu/info_capabilities.h"
#include "vfio/vfio_ioctls.h"
#include "vmm/base/log.h"

namespace vireo::vfio {
namespace {

using base::ExitCode;

// The areas that a sparse-mmap capability names, or the whole region.
std::vector<MappableArea> mappable_areas(const vfio_region_info& info,
                                         const std::vector<iommu::InfoCapability>& capabilities) {
  if ((info.flags & VFIO_REGION_INFO_FLAG_MMAP) == 0) return {};
  for (const iommu::InfoCapability& capability : capabilities) {
    if (capability.id != VFIO_REGION_INFO_CAP_SPARSE_MMAP) continue;
    std::vector<MappableArea> areas;
    const auto count = iommu::load<uint32_t>(capability.bytes, offsetof(vfio_region_info_cap_sparse_mmap, nr_areas));
    for (uint32_t i = 0; count && i < *count; ++i) {
      const auto area = iommu::load<vfio_region_sparse_mmap_area>(
          capability.bytes, sizeof(vfio_region_info_cap_sparse_mmap) + i * sizeof(vfio_region_sparse_mmap_area));
      if (!area) break;
      areas.push_back({.offset = area->offset, .size = area->size});
    }
    return areas;
  }
  return {{.offset = 0, .size = info.size}};
}

}  // namespace

KernelDevice::KernelDevice(std::string address, base::Fd device)
    : address_(std::move(address)), fd_(std::move(device)) {
  vfio_device_info info{};
  info.argsz = sizeof info;
  base::ioctl(fd_, kDeviceGetInfo, info, address_, ExitCode::kDevice);
  can_reset_ = (info.flags & VFIO_DEVICE_FLAGS_RESET) != 0;
  count_ = std::min(info.num_regions, kRegions);
}

KernelDevice::KnownRegion KernelDevice::query(unsigned index) const {
  std::vector<uint8_t> buffer(sizeof(vfio_region_info));
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto& request = *reinterpret_cast<vfio_region_info*>(buffer.data());
    request = {.argsz = static_cast<uint32_t>(buffer.size()), .flags = 0, .index = index};
    if (const int error = base::try_ioctl(fd_, kGetRegionInfo, request); error < 0) {
      // Regions that this kernel or device lacks (VGA) are refused with EINVAL.
      if (error == -EINVAL) return {};
      throw base::SystemError(ExitCode::kDevice, address_ + ": VFIO_DEVICE_GET_REGION_INFO", -error,
                              base::kKernelLogHelp);
    }
    if (request.argsz <= buffer.size()) break;
    buffer.resize(request.argsz);
  }
  const auto info = *iommu::load<vfio_region_info>(buffer, 0);
  std::vector<iommu::InfoCapability> capabilities;
  if (info.flags & VFIO_REGION_INFO_FLAG_CAPS) capabilities = iommu::walk_info_capabilities(buffer, info.cap_offset);
  const bool msix_mappable = std::any_of(capabilities.begin(), capabilities.end(), [](const auto& capability) {
    return capability.id == VFIO_REGION_INFO_CAP_MSIX_MAPPABLE;
  });
  return {.info = {.size = info.size,
                   .readable = (info.flags & VFIO_REGION_INFO_FLAG_READ) != 0,
                   .writable = (info.flags & VFIO_REGION_INFO_FLAG_WRITE) != 0,
                   .mappable = mappable_areas(info, capabilities),
                   .msix_mappable = msix_mappable},
          .file_offset = info.offset};
}

// Asked for once, and only what is looked at: the kernel sizes a ROM by reading it, and a 64-bit BAR's upper half is
// none.
RegionInfo KernelDevice::region(unsigned index) {
  if (index >= count_) return {};
  if (!regions_[index]) regions_[index] = query(index);
  return regions_[index]->info;
}

IrqInfo KernelDevice::irq(IrqIndex index) {
  vfio_irq_info info{.argsz = sizeof info, .flags = 0, .index = static_cast<uint32_t>(index), .count = 0};
  // An index that the device lacks is refused with EINVAL. Any other error is one: not a device without interrupts.
  const int error = base::try_ioctl(fd_, kGetIrqInfo, info);
  if (error == -EINVAL) return {};
  if (error < 0)
    throw base::SystemError(ExitCode::kDevice, address_ + ": VFIO_DEVICE_GET_IRQ_INFO", -error, base::kKernelLogHelp);
  return {.count = info.count,
          .resizable = (info.flags & VFIO_IRQ_INFO_NORESIZE) == 0,
          .maskable = (info.flags & VFIO_IRQ_INFO_MASKABLE) != 0};
}

base::Mapping KernelDevice::map(unsigned region, const MappableArea& area, uint64_t alignment) {
  const KnownRegion& known = regions_.at(region).value();
  const int protection = (known.info.readable ? PROT_READ : 0) | (known.info.writable ? PROT_WRITE : 0);
  return base::Mapping({.size = area.size,
                        .fd = fd_.get(),
                        .offset = known.file_offset + area.offset,
                        .protection = protection,
                        .alignment = alignment},
                       address_ + " region " + std::to_string(region), ExitCode::kDevice, base::kKernelLogHelp);
}

bool KernelDevice::read(unsigned region, uint64_t offset, std::span<uint8_t> data) noexcept {
  if (region >= kRegions || !regions_[region]) {
    errno = ENXIO;
    return false;
  }
  const auto at = static_cast<off_t>(regions_[region]->file_offset + offset);
  const ssize_t done = ::pread(fd_.get(), data.data(), data.size(), at);
  if (done >= 0) errno = EIO;  // of a read that is short
  return done == static_cast<ssize_t>(data.size());
}

bool KernelDevice::write(unsigned region, uint64_t offset, std::span<const uint8_t> data) noexcept {
  if (region >= kRegions || !regions_[region]) return false;
  const auto at = static_cast<off_t>(regions_[region]->file_offset + offset);
  return ::pwrite(fd_.get(), data.data(), data.size(), at) == static_cast<ssize_t>(data.size());
}

int KernelDevice::set_events(IrqIndex index, uint32_t action, unsigned first,
                             std::span<const base::EventFd* const> events) noexcept {
  const std::lock_guard lock(irq_mutex_);
  const size_t bytes = sizeof(vfio_irq_set) + events.size() * sizeof(int32_t);
  irq_buffer_.resize(bytes / sizeof(uint64_t) + 1);
  auto& request = *reinterpret_cast<vfio_irq_set*>(irq_buffer_.data());
  request = {.argsz = static_cast<uint32_t>(bytes),
             .flags = VFIO_IRQ_SET_DATA_EVENTFD | action,
             .index = static_cast<uint32_t>(index),
             .start = first,
             .count = static_cast<uint32_t>(events.size())};
  auto* descriptors = reinterpret_cast<int32_t*>(request.data);
  for (size_t i = 0; i < events.size(); ++i) descriptors[i] = events[i] == nullptr ? -1 : events[i]->get();
  return base::try_ioctl(fd_, kSetIrqs, request);
}

int KernelDevice::set_irqs(IrqIndex index, unsigned first, std::span<const base::EventFd* const> events) noexcept {
  return set_events(index, VFIO_IRQ_SET_ACTION_TRIGGER, first, events);
}

int KernelDevice::set_unmask_event(IrqIndex index, const base::EventFd& event) noexcept {
  const std::array events{&event};
  return set_events(index, VFIO_IRQ_SET_ACTION_UNMASK, 0, events);
}

int KernelDevice::disable_irqs(IrqIndex index) noexcept {
  vfio_irq_set request{.argsz = sizeof request,
                       .flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
                       .index = static_cast<uint32_t>(index),
                       .start = 0,
                       .count = 0};
  return std::min(base::try_ioctl(fd_, kSetIrqs, request), 0);
}

// Another thread may be about to use the descriptor: its number stays taken, by a file that refuses everything.
void KernelDevice::close() noexcept {
  const base::Fd nothing(::open("/dev/null", O_PATH | O_CLOEXEC));
  if (!nothing || ::dup3(nothing.get(), fd_.get(), O_CLOEXEC) < 0)
    spdlog::error("[{}] its file stays open until the guest ends: {}", address_, base::errno_text(errno));
}

int KernelDevice::reset() noexcept {
  return std::min(base::try_ioctl(fd_, kReset), 0);
}

}  // namespace vireo::vfio
