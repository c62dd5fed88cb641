#include "iommu/iommufd.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>

#include "iommu/groups.h"
#include "iommu/iommufd_abi.h"
#include "iommu/map_error.h"
#include "vmm/base/ioctl.h"
#include "vmm/base/log.h"

namespace vireo::iommu {
namespace {

using base::ExitCode;
using base::Ioctl;
using base::SystemError;

constexpr Ioctl<abi::IoasAlloc> kIoasAlloc{abi::kIoasAlloc, "IOMMU_IOAS_ALLOC"};
constexpr Ioctl<abi::IoasIovaRanges> kIoasIovaRanges{abi::kIoasIovaRanges, "IOMMU_IOAS_IOVA_RANGES"};
constexpr Ioctl<abi::IoasMap> kIoasMap{abi::kIoasMap, "IOMMU_IOAS_MAP"};
constexpr Ioctl<abi::IoasUnmap> kIoasUnmap{abi::kIoasUnmap, "IOMMU_IOAS_UNMAP"};
constexpr Ioctl<abi::BindIommufd> kBindIommufd{abi::kDeviceBindIommufd, "VFIO_DEVICE_BIND_IOMMUFD"};
constexpr Ioctl<abi::AttachIommufdPt> kAttachIommufd{abi::kDeviceAttachIommufdPt, "VFIO_DEVICE_ATTACH_IOMMUFD_PT"};

constexpr const char* kIommuPath = "/dev/iommu";

// The device's file, /dev/vfio/devices/vfioN; sysfs has the number while a VFIO driver is bound.
std::string device_file(const std::string& address) {
  const std::string folder = device_folder(address) + "/vfio-dev";
  std::string name;
  DIR* directory = ::opendir(folder.c_str());
  while (const dirent* entry = directory ? ::readdir(directory) : nullptr)
    if (std::string_view(entry->d_name).starts_with("vfio")) name = entry->d_name;
  if (directory != nullptr) ::closedir(directory);
  // `dev` is there only where the device has a file of its own.
  if (name.empty() || ::access((folder + "/" + name + "/dev").c_str(), F_OK) < 0)
    throw base::Error(ExitCode::kHost,
                      address + ": the kernel gives VFIO devices no files of their own (no " + folder + "/*/dev)",
                      "write `iommu: type1`, or use a kernel with CONFIG_VFIO_DEVICE_CDEV (Linux 6.6 or later)");
  return "/dev/vfio/devices/" + name;
}

// The bytes in the order in which they are written. RFC 9562 4; `text` is checked.
std::array<uint8_t, 16> uuid_bytes(const std::string& text) {
  std::array<uint8_t, 16> bytes = {};
  size_t digit = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const auto value = static_cast<uint8_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    bytes.at(digit / 2) = static_cast<uint8_t>(bytes.at(digit / 2) << 4 | value);
    ++digit;
  }
  return bytes;
}

// Why iommufd refuses a device: its VF token, somebody else who does DMA in its group, or that it is taken.
SystemError bind_error(const DeviceToOpen& device, int error_number) {
  const std::string& address = device.address;
  if (error_number == EACCES)
    return {ExitCode::kDevice, address + ": VFIO_DEVICE_BIND_IOMMUFD", error_number,
            open_help(address, EACCES, !device.vf_token.empty())};
  const std::string others = busy_members(group_number(address));
  if (others.empty() && !device.vf_token.empty() && (error_number == EINVAL || error_number == ENOTTY))
    return {ExitCode::kDevice, address + ": VFIO_DEVICE_BIND_IOMMUFD with a VF token", error_number,
            open_help(address, EINVAL, true) +
                "; Linux before 6.17 takes tokens with `iommu: type1` only; or another program has it open"};
  if (others.empty())
    return {ExitCode::kDevice, address + ": VFIO_DEVICE_BIND_IOMMUFD", error_number, bind_help(address, error_number)};
  return {ExitCode::kDevice, address + ": the IOMMU group is not viable: " + others, error_number, kNotViableHelp};
}

}  // namespace

std::string bind_help(const std::string& address, int error_number) {
  switch (error_number) {
    case EPERM:
      return "the platform does not isolate devices' interrupts: turn interrupt remapping on in the firmware set-up, "
             "or "
             "trust the guest: echo 1 > /sys/module/iommufd/parameters/allow_unsafe_interrupts";
    case EBUSY:
    case EINVAL:
      return "another program may have it or its IOMMU group open";
    default:
      return "see the kernel's log: dmesg | grep " + address;
  }
}

Iommufd::Iommufd() : iommu_(::open(kIommuPath, O_RDWR | O_CLOEXEC)) {
  if (!iommu_)
    throw SystemError(ExitCode::kHost, std::string("cannot open ") + kIommuPath, errno,
                      errno == EACCES ? "run vireo as root, or give the file to its user"
                                      : "modprobe iommufd, or write `iommu: type1`");
  abi::IoasAlloc request{.size = sizeof request};
  base::ioctl(iommu_, kIoasAlloc, request, kIommuPath);
  address_space_ = request.out_ioas_id;
}

base::Fd Iommufd::open_device(const DeviceToOpen& to_open) {
  const std::string& address = to_open.address;
  const std::string path = device_file(address);
  // One that was given is ours from here on: the host gets the device back when its last file is closed.
  base::Fd device(to_open.file >= 0 ? to_open.file : ::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!device)
    throw SystemError(ExitCode::kDevice, address + ": cannot open " + path, errno,
                      "run vireo as root, or give the device's file to its user: chown USER " + path);
  // The kernel resets the device here; several wait together.
  std::array<uint8_t, 16> token = {};
  abi::BindIommufd bind{.argsz = offsetof(abi::BindIommufd, token_uuid),
                        .flags = 0,
                        .iommufd = iommu_.get(),
                        .out_devid = 0,
                        .token_uuid = base::host_address(token.data()).value()};
  if (!to_open.vf_token.empty()) {
    token = uuid_bytes(to_open.vf_token);
    bind.argsz = sizeof bind;
    bind.flags = abi::kBindToken;
  }
  if (const int error = base::try_ioctl(device, kBindIommufd, bind); error < 0) throw bind_error(to_open, -error);
  abi::AttachIommufdPt attach{.argsz = sizeof attach, .flags = 0, .pt_id = address_space_};
  base::ioctl(device, kAttachIommufd, attach, address, ExitCode::kDevice);
  const std::lock_guard lock(mutex_);
  devices_.push_back(device.get());
  return device;
}

std::vector<base::IovaRange> Iommufd::usable_iova() const {
  std::vector<abi::IovaRange> room(16);
  for (int attempt = 0; attempt < 2; ++attempt) {
    abi::IoasIovaRanges request{.size = sizeof request,
                                .ioas_id = address_space_,
                                .num_iovas = static_cast<uint32_t>(room.size()),
                                .reserved = 0,
                                .allowed_iovas = base::host_address(room.data()).value(),
                                .out_iova_alignment = 0};
    const int error = base::try_ioctl(iommu_, kIoasIovaRanges, request);
    if (error < 0 && error != -EMSGSIZE) throw SystemError(ExitCode::kHost, kIoasIovaRanges.name, -error);
    room.resize(request.num_iovas);
    if (error >= 0) break;
  }
  std::vector<base::IovaRange> ranges;
  for (const abi::IovaRange& entry : room)
    if (const auto range = base::IovaRange::from_bounds(base::Iova(entry.start), entry.last)) ranges.push_back(*range);
  return ranges;
}

void Iommufd::map(base::Iova iova, base::HostAddress host, uint64_t size) {
  abi::IoasMap request{.size = sizeof request,
                       .flags = abi::kMapFixedIova | abi::kMapWritable | abi::kMapReadable,
                       .ioas_id = address_space_,
                       .reserved = 0,
                       .user_va = host.value(),
                       .length = size,
                       .iova = iova.value()};
  if (const int error = base::try_ioctl(iommu_, kIoasMap, request); error < 0)
    throw map_error(kIoasMap.name, iova, size, -error);
}

void Iommufd::unmap(base::Iova iova, uint64_t size) noexcept {
  abi::IoasUnmap request{.size = sizeof request, .ioas_id = address_space_, .iova = iova.value(), .length = size};
  if (const int error = base::try_ioctl(iommu_, kIoasUnmap, request); error < 0)
    spdlog::warn("IOMMU_IOAS_UNMAP at {:#x}: {}", iova.value(), base::errno_text(-error));
}

std::vector<int> Iommufd::kvm_files() const {
  const std::lock_guard lock(mutex_);
  return devices_;
}

}  // namespace vireo::iommu
