#include "vfio/hot_reset.h"

#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <cstring>

#include "vfio/vfio_ioctls.h"

namespace vireo::vfio {
namespace {

// A request with a tail of `count` entries of `size` bytes, as both of these ioctls have it.
std::vector<uint64_t> request_buffer(size_t header, size_t count, size_t size) {
  return std::vector<uint64_t>((header + count * size) / sizeof(uint64_t) + 1);
}

std::vector<std::string> affected_functions(const base::Fd& device) {
  size_t room = 16;
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto buffer = request_buffer(sizeof(vfio_pci_hot_reset_info), room, sizeof(vfio_pci_dependent_device));
    auto& info = *reinterpret_cast<vfio_pci_hot_reset_info*>(buffer.data());
    info.argsz = static_cast<uint32_t>(sizeof info + room * sizeof(vfio_pci_dependent_device));
    const int error = base::try_ioctl(device, kGetHotResetInfo, info);
    if (error == -ENOSPC) {
      room = info.count;
      continue;
    }
    std::vector<std::string> affected;
    for (uint32_t i = 0; error >= 0 && i < info.count; ++i) {
      const vfio_pci_dependent_device& one = info.devices[i];
      affected.push_back(fmt::format("{:04x}:{:02x}:{:02x}.{}", one.segment, one.bus, one.devfn >> 3, one.devfn & 7));
    }
    return affected;
  }
  return {};
}

}  // namespace

HotReset hot_reset(const base::Fd& device, std::span<const int> groups) {
  HotReset result{.affected = affected_functions(device)};
  auto buffer = request_buffer(sizeof(vfio_pci_hot_reset), groups.size(), sizeof(int32_t));
  auto& request = *reinterpret_cast<vfio_pci_hot_reset*>(buffer.data());
  request.argsz = static_cast<uint32_t>(sizeof request + groups.size_bytes());
  request.count = static_cast<uint32_t>(groups.size());
  if (!groups.empty()) std::memcpy(request.group_fds, groups.data(), groups.size_bytes());
  result.error = base::try_ioctl(device, kHotReset, request);
  return result;
}

}  // namespace vireo::vfio
