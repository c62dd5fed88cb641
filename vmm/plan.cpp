#include "vmm/plan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>

#include "emulated/block/disk_image.h"
#include "emulated/virtio/console_port.h"
#include "emulated/virtio/net_backend.h"
#include "vmm/base/fd.h"
#include "vmm/boot/firmware.h"
#include "vmm/boot/kernel.h"
#include "vmm/boot_disks.h"
#include "vmm/config/load.h"
#include "vmm/config/units.h"
#include "vmm/plan_checks.h"
#include "vmm/plan_devices.h"
#include "vmm/plan_memory.h"
#include "vmm/plan_topology.h"

namespace vireo {
namespace {

using Backend = config::IommuBackend;

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

FileFacts look_at_image(const config::DiskConfig& disk) {
  return facts_of([&] {
    return emulated::DiskImage::check({.path = disk.image, .read_only = disk.read_only, .direct = disk.direct});
  });
}

FileFacts look_at_port(const config::ConsolePortConfig& port) {
  return facts_of([&] {
    emulated::ConsolePort::check({.name = port.name, .socket = port.socket, .file = port.file});
    return 0;
  });
}

FileFacts look_at_network(const config::NetConfig& net) {
  return facts_of([&] {
    net.tap.empty() ? emulated::check_stream(net.socket) : emulated::check_tap(net.tap);
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

// A group has one file, whichever of its devices came with it.
void share_group_files(Plan& plan) {
  std::map<unsigned, int> files;
  for (const auto& [address, file] : plan.given_files)
    if (const auto facts = plan.devices.find(address); facts != plan.devices.end() && facts->second.group)
      files.emplace(*facts->second.group, file);
  for (const auto& [address, facts] : plan.devices)
    if (facts.group && files.contains(*facts.group)) plan.given_files.emplace(address, files.at(*facts.group));
}

void take_wishes(Plan& plan, const config::DeviceConfig& device) {
  if (device.file) plan.given_files.emplace(device.vfio, *device.file);
  std::string methods;
  for (const std::string& method : device.reset_methods) methods += (methods.empty() ? "" : " ") + method;
  if (!methods.empty()) plan.reset_methods.emplace(device.vfio, methods);
}

std::string sizes_text(uint64_t possible) {
  constexpr unsigned kMost = 44;  // 8 EiB. PCIe 6.0 7.8.6.2
  std::string all;
  for (unsigned i = 0; i < kMost; ++i)
    if ((possible >> i & 1) != 0) all += (all.empty() ? "" : ", ") + config::format_size(base::kMiB << i);
  return all.empty() ? "it has one size only, or the host's kernel (before 6.1) cannot resize it"
                     : "it can have " + all;
}

// From here on they have the sizes that they will have. To set one is root's; a size that is right already is
// anybody's.
void resize_bars(Plan& plan, const config::DeviceConfig& device, const DeviceFacts& known) {
  const auto facts = plan.devices.find(device.vfio);
  if (facts == plan.devices.end()) return;
  for (const auto& [index, size] : device.bar_sizes) {
    const auto bar = std::find_if(facts->second.bars.begin(), facts->second.bars.end(),
                                  [i = index](const host::BarFacts& other) { return other.index == i; });
    if (bar != facts->second.bars.end() && std::exchange(bar->size, size) == size) continue;
    const auto sizes = known.resizable.at(index);
    if (sizes && (*sizes >> std::countr_zero(size / base::kMiB) & 1) != 0) continue;
    add_conflict(plan, base::ExitCode::kDevice, device.bar_size_where,
                 device.vfio + ": BAR " + std::to_string(index) + " cannot have " + config::format_size(size),
                 sizes ? sizes_text(*sizes) : "only root can resize it: run vireo as root");
  }
}

DeviceFacts look_at_device(const config::DeviceConfig& device) {
  DeviceFacts looked{.address = device.vfio, .facts = {}, .problem = {}, .help = {}};
  if (!device.rom_file.empty()) looked.rom = look_at_rom(device.rom_file);
  try {
    looked.facts = host::read_facts(device.vfio);
    if (device.file) looked.given = look_at_file(*device.file, *looked.facts);
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

std::vector<base::IovaRange> reserved_ranges(const Plan& plan) {
  std::vector<base::IovaRange> reserved;
  for (const auto& [address, facts] : plan.devices)
    reserved.insert(reserved.end(), facts.reserved_iova.begin(), facts.reserved_iova.end());
  return reserved;
}

// Both do the same for a guest; type1 is the older one, which every kernel with VFIO has had.
bool wants_iommufd(const Plan& plan) {
  if (plan.config.iommu != Backend::kAuto) return plan.config.iommu == Backend::kIommufd;
  return !plan.machine.vfio_present && plan.machine.iommufd_present;
}

void plan_memory(Plan& plan) {
  const config::MemoryConfig& memory = plan.config.memory;
  plan.backing = {.page_size = memory.hugepages.value_or(base::kPageSize), .numa_node = memory.numa_node};
  plan.ram = lay_out_ram(memory.size, std::max(plan.backing.page_size, 2 * base::kMiB), reserved_ranges(plan));
  uint64_t laid_out = 0;
  for (const platform::RamRegion& region : plan.ram) laid_out += region.range.size();
  if (laid_out < memory.size)
    add_conflict(plan, base::ExitCode::kHost, memory.where,
                 "the IOMMU's reserved ranges leave no room for the guest's RAM",
                 "cat /sys/kernel/iommu_groups/*/reserved_regions shows them; give the guest less memory");
  plan.memlock_needed = plan.devices.empty() ? 0 : memory.size;
}

// Every host lets a program open so many.
constexpr uint64_t kFilesOnAnyHost = 256;

// An eventfd a vector of each kind, one each for errors, requests, INTx and its unmasking, and the device itself.
uint64_t files_of(const host::HostFacts& facts) {
  return facts.msix.vectors + facts.msi_vectors + 5;
}

std::string text_of(const Conflict& conflict) {
  if (conflict.where.line > 0) return config::ConfigError(conflict.where, conflict.message, conflict.help).what();
  return "error: " + conflict.message + (conflict.help.empty() ? "" : "\nhelp: " + conflict.help);
}

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
    if (device->is_disk()) surroundings.images.emplace(device->disk.image, look_at_image(device->disk));
    if (device->kind == config::EmulatedKind::kNet)
      surroundings.networks.emplace(device->net.tap + device->net.socket, look_at_network(device->net));
    for (const config::ConsolePortConfig& port : device->ports)
      surroundings.console_ports.emplace(port.socket + port.file, look_at_port(port));
  }
  surroundings.machine = host::read_machine_facts({.huge_pages = config.memory.hugepages.has_value(),
                                                   .iommufd = config.iommu == Backend::kIommufd,
                                                   .files = files > kFilesOnAnyHost,
                                                   .numa_node = config.memory.numa_node});
  return surroundings;
}

Plan make_plan(const config::Config& config, const Surroundings& surroundings) {
  constexpr uint64_t kOwnFiles = 64;  // with one a CPU
  Plan plan{.config = config, .machine = surroundings.machine, .files_needed = kOwnFiles + config.cpus};
  for (const auto& [address, device] : surroundings.devices) {
    if (!device.facts) continue;
    plan.devices.emplace(address, *device.facts);
    if (device.rom.size != 0) plan.rom_sizes.emplace(address, device.rom.size);
    plan.vectors += std::max(device.facts->msix.vectors, device.facts->msi_vectors);
    plan.files_needed += files_of(*device.facts);
  }
  for (const config::EmulatedConfig* device : emulated_devices_of(config)) {
    plan.vectors += vectors_of(*device);
    plan.files_needed += files_of(*device);
  }
  for (const auto& [path, facts] : surroundings.images) plan.image_sizes.emplace(path, facts.size);
  for (const config::DeviceConfig* device : devices_of(config)) {
    take_wishes(plan, *device);
    resize_bars(plan, *device, surroundings.devices.at(device->vfio));
  }
  plan.iommufd = wants_iommufd(plan);
  if (!plan.iommufd) share_group_files(plan);
  // One device has no peers. iommufd takes no BARs before dma-buf: each would be refused. Linux drivers/iommu/iommufd.
  plan.peer_to_peer = config.peer_to_peer && plan.devices.size() > 1 && !plan.iommufd;
  check_files(plan, surroundings);
  check_devices(plan, surroundings);
  plan_memory(plan);
  check_machine(plan);
  plan_topology(plan);
  check_boot_disk(plan);
  plan_addresses(plan);
  return plan;
}

void add_conflict(Plan& plan, base::ExitCode code, const config::Location& where, std::string message,
                  std::string help) {
  plan.conflicts.push_back({code, where, std::move(message), std::move(help)});
}

void require_feasible(const Plan& plan) {
  if (plan.conflicts.empty()) return;
  std::string message;
  for (const Conflict& conflict : plan.conflicts) message += (message.empty() ? "" : "\n\n") + text_of(conflict);
  throw base::Error(plan.conflicts.front().code, message);
}

}  // namespace vireo
