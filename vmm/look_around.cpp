// What a plan depends on outside the file: machine, devices, and files that are to be had.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "emulated/virtio/console_port.h"
#include "emulated/virtio/net_backend.h"
#include "vfio/host/group.h"
#include "vfio/host/identity.h"
#include "vmm/base/fd.h"
#include "vmm/boot/firmware.h"
#include "vmm/boot/kernel.h"
#include "vmm/disk_source.h"
#include "vmm/plan.h"
#include "vmm/plan_devices.h"

namespace vireo {
namespace {

// What `check` finds: a size, or an error.
template <typename Check>
FileFacts facts_of(Check check) {
  try {
    return {.problem = {}, .help = {}, .size = static_cast<uint64_t>(check())};
  } catch (const base::Error& error) {
    return {.problem = error.what(), .help = error.help()};
  }
}

// What the guest begins with: a kernel, or firmware.
FileFacts look_at_first_file(const config::BootConfig& boot, const FileFacts& variables) {
  if (boot.firmware.empty()) return facts_of([&] { return boot::check_kernel(boot.kernel); });
  return facts_of([&] {
    boot::check_firmware(boot::firmware_files(boot.firmware, boot.vars), variables.size);
    return 0;  // of RAM
  });
}

FileFacts look_at_variables(const config::BootConfig& boot) {
  if (boot.firmware.empty()) return {};
  return facts_of([&] { return boot::check_variables(boot::firmware_files(boot.firmware, boot.vars).variables); });
}

FileFacts look_at_initrd(const std::string& path) {
  struct stat status {};
  if (path.empty()) return {};
  const std::string what = "initrd " + path + ": ";
  const std::string help = "set boot.initrd to an initramfs, or leave it out";
  if (::stat(path.c_str(), &status) < 0 || ((status.st_mode & S_IROTH) == 0 && ::access(path.c_str(), R_OK) < 0))
    return {.problem = what + base::errno_text(errno), .help = help};
  if (!S_ISREG(status.st_mode)) return {.problem = what + "not a regular file", .help = help};
  return {.problem = {}, .help = {}, .size = static_cast<uint64_t>(status.st_size)};
}

// The file is made when the guest starts; whether it can be is known before a device is touched.
FileFacts look_at_console(const config::ConsoleConfig& console) {
  if (console.kind != config::ConsoleConfig::Kind::kFile) return {};
  const size_t slash = console.path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : console.path.substr(0, slash + 1);
  const bool there = ::access(console.path.c_str(), F_OK) == 0;
  if (::access(there ? console.path.c_str() : folder.c_str(), W_OK) == 0) return {};
  return {.problem = "console file " + console.path + " cannot be written: " + base::errno_text(errno),
          .help = "name a file in a folder that there is, or `console: stdio`"};
}

// PCI firmware 3.3 5.1.1: an image begins with 55 AA; the largest ROM that a BAR can have is 16 MiB.
FileFacts look_at_rom(const std::string& path) {
  constexpr uint64_t kLargest = 16 * base::kMiB;
  const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  const std::string what = "ROM " + path + ": ";
  const std::string help = "name a file with an expansion ROM's image, or `rom: off`";
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) < 0) return {.problem = what + base::errno_text(errno), .help = help};
  std::array<uint8_t, 2> signature = {};
  const bool is_image = S_ISREG(status.st_mode) && ::pread(file.get(), signature.data(), 2, 0) == 2 &&
                        signature == std::array<uint8_t, 2>{0x55, 0xaa};
  const auto size = static_cast<uint64_t>(status.st_size);
  if (!is_image || size > kLargest)
    return {.problem = what + (is_image ? "more than 16 MiB" : "no expansion ROM (it does not begin with 55 AA)"),
            .help = help};
  return {.problem = {}, .help = {}, .size = std::bit_ceil(std::max(size, base::kPageSize))};
}

FileFacts look_at_image(const config::Config& config, const config::DiskConfig& disk) {
  return facts_of([&] { return emulated::DiskImage::check(disk_source(config, disk).settings); });
}

FileFacts look_at_port(const config::ConsolePortConfig& port) {
  return facts_of([&] {
    emulated::ConsolePort::check({.name = port.name, .socket = port.socket, .file = port.file});
    return 0;
  });
}

FileFacts look_at_network(const config::NetConfig& net) {
  return facts_of([&] {
    net.tap.empty() ? emulated::check_stream(net.socket) : emulated::check_tap(net.tap, net.queues);
    return 0;
  });
}

GivenFile look_at_file(int file, const host::HostFacts& facts) {
  GivenFile given;
  struct stat status {};
  if (::fstat(file, &status) == 0)
    given.number = std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
  const host::DeviceFiles files = host::device_files(facts);
  given.group_number = files.group;
  given.device_number = files.device;
  return given;
}

DeviceFacts look_at_device(const config::DeviceConfig& device) {
  DeviceFacts looked{.address = device.vfio, .facts = {}, .problem = {}, .help = {}};
  if (!device.rom_file.empty()) looked.rom = look_at_rom(device.rom_file);
  try {
    looked.facts = host::read_facts(device.vfio);
    if (device.file) looked.given = look_at_file(*device.file, *looked.facts);
    if (device.companions)
      for (const std::string& address : host::group_obstacles(*looked.facts, {device.vfio}))
        looked.companions.push_back(host::read_facts(address));
    looked.mismatches = host::find_mismatches(device.vfio, device.expect);
    for (const auto& [bar, size] : device.bar_sizes)
      looked.resizable.emplace(bar, host::resizable_to(*looked.facts, bar));
    if (device.on_error == config::OnError::kReport) looked.reports_errors = host::reports_errors(*looked.facts);
  } catch (const base::Error& error) {
    // A device that is not there is one conflict among others.
    looked.problem = error.what();
    looked.help = error.help();
  }
  return looked;
}

// Every host lets a program open so many.
constexpr uint64_t kFilesOnAnyHost = 256;

}  // namespace

Surroundings look_around(const config::Config& config) {
  Surroundings surroundings{.machine = {},
                            .devices = {},
                            .first_file = {},
                            .variables = look_at_variables(config.boot),
                            .initrd = look_at_initrd(config.boot.initrd),
                            .console = look_at_console(config.console)};
  surroundings.first_file = look_at_first_file(config.boot, surroundings.variables);
  uint64_t files = 0;
  for (const config::DeviceConfig* device : devices_of(config)) {
    const auto looked = surroundings.devices.emplace(device->vfio, look_at_device(*device)).first;
    if (looked->second.facts) files += files_of(*looked->second.facts);
  }
  for (const config::EmulatedConfig* device : emulated_devices_of(config)) {
    files += files_of(*device);
    if (device->is_disk()) surroundings.images.emplace(device->disk.image, look_at_image(config, device->disk));
    if (device->kind == config::EmulatedKind::kNet)
      surroundings.networks.emplace(device->net.tap + device->net.socket, look_at_network(device->net));
    for (const config::ConsolePortConfig& port : device->ports)
      surroundings.console_ports.emplace(port.socket + port.file, look_at_port(port));
  }
  surroundings.machine = host::read_machine_facts({.huge_pages = config.memory.hugepages.has_value(),
                                                   .iommufd = config.iommu == config::IommuBackend::kIommufd,
                                                   .files = files > kFilesOnAnyHost,
                                                   .numa_node = config.memory.numa_node});
  return surroundings;
}

}  // namespace vireo
