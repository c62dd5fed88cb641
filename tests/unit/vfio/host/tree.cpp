#include "tests/unit/vfio/host/tree.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "vfio/host/sysfs_reader.h"

namespace vireo::host {
namespace {

namespace fs = std::filesystem;

const std::string kDevices = "/sys/devices/pci0000:00/";
const std::string kBus = "/sys/bus/pci/";

}  // namespace

Tree::Tree() {
  std::string name = (fs::temp_directory_path() / "vireo-host-XXXXXX").string();
  folder_ = ::mkdtemp(name.data());
  folder("/run");
  folder(kBus + "devices");
  folder(kBus + "drivers");
  write(kBus + "drivers_probe", "");
  write("/proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n");
}

Tree::~Tree() {
  fs::remove_all(folder_);
}

void Tree::write(const std::string& path, const std::string& text) const {
  fs::create_directories(fs::path(folder_ + path).parent_path());
  std::ofstream(folder_ + path, std::ios::binary) << text;
}

void Tree::link(const std::string& path, const std::string& target) const {
  fs::create_directories(fs::path(folder_ + path).parent_path());
  fs::create_symlink(target, folder_ + path);
}

void Tree::folder(const std::string& path) const {
  fs::create_directories(folder_ + path);
}

void Tree::remove(const std::string& path) const {
  fs::remove_all(folder_ + path);
}

std::string Tree::read(const std::string& path) const {
  std::ostringstream text;
  text << std::ifstream(folder_ + path).rdbuf();
  return text.str();
}

std::vector<std::string> Tree::list(const std::string& path) const {
  return list_folder(folder_ + path);
}

std::string Tree::device(const std::string& address) const {
  std::string path = kDevices + address + "/";
  write(path + "class", "0x010802\n");
  write(path + "uevent", "PCI_CLASS=10802\nPCI_ID=1B36:0010\nPCI_SUBSYS_ID=1AF4:1100\nPCI_SLOT_NAME=" + address + "\n");
  write(path + "numa_node", "-1\n");
  write(path + "driver_override", "(null)\n");
  link(kBus + "devices/" + address, "../../../devices/pci0000:00/" + address);
  return path;
}

void Tree::driver(const std::string& name) const {
  write(kBus + "drivers/" + name + "/unbind", "");
}

void Tree::bind(const std::string& address, const std::string& driver_name) const {
  driver(driver_name);
  link(kDevices + address + "/driver", "../../../bus/pci/drivers/" + driver_name);
  write(kDevices + address + "/uevent", "DRIVER=" + driver_name + "\n" + read(kDevices + address + "/uevent"));
}

void Tree::group(const std::string& address, unsigned number) const {
  const std::string name = std::to_string(number);
  link(kDevices + address + "/iommu_group", "../../../kernel/iommu_groups/" + name);
  link("/sys/kernel/iommu_groups/" + name + "/devices/" + address, "../../../../devices/pci0000:00/" + address);
}

void Tree::interface(const std::string& address, const std::string& name, const std::string& flags) const {
  write(kDevices + address + "/net/" + name + "/flags", flags + "\n");
  link("/sys/class/net/" + name, "../../devices/pci0000:00/" + address + "/net/" + name);
}

void Tree::block(const std::string& address, const std::string& name, const std::string& number) const {
  write(kDevices + address + "/block/" + name + "/dev", number + "\n");
  link("/sys/class/block/" + name, "../../devices/pci0000:00/" + address + "/block/" + name);
}

std::string Tree::bound(const std::string& address) const {
  return link_name(folder_ + kDevices + address + "/driver");
}

std::string Tree::driver_override(const std::string& address) const {
  return read(kDevices + address + "/driver_override");
}

std::string config_with_capabilities() {
  std::string config(256, '\0');
  const auto put = [&](size_t at, std::initializer_list<int> bytes) {
    for (const int byte : bytes) config[at++] = static_cast<char>(byte);
  };
  put(0x06, {0x10});  // capabilities list
  put(0x34, {0x40});
  put(0x40, {0x05, 0x50, 0x04, 0x00});                    // MSI: multiple message capable 2
  put(0x50, {0x11, 0x60, 0x13, 0x00, 0x02, 0x30, 0, 0});  // MSI-X: table size 19, BAR 2 + 0x3000
  put(0x60, {0x10, 0x00, 0x02, 0x00});                    // Express
  return config;
}

}  // namespace vireo::host
