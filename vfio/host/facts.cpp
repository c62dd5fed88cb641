#include "vfio/host/facts.h"

#include <algorithm>

#include "vfio/host/bar_facts.h"
#include "vfio/host/capability_facts.h"
#include "vfio/host/pci_address.h"
#include "vfio/host/sysfs_reader.h"
#include "vfio/host/uses.h"
#include "vmm/base/error.h"

// Files: Documentation/ABI/testing/sysfs-bus-pci, sysfs-kernel-iommu_groups; PCI/sysfs-pci.rst (`resource`).
namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

// linux/ioport.h

constexpr uint32_t kClassPciBridge = 0x0604;
constexpr size_t kConfigHead = 256;  // capabilities proper; the extended ones are not needed here

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

[[noreturn]] void refuse_unknown(const std::string& address, const PciAddress& parsed, const HostRoot& root) {
  const auto nearest = nearest_addresses(parsed, list_folder(root.sys() + "/bus/pci/devices"));
  throw Error(ExitCode::kDevice,
              address + ": there is no such PCI device on this host" +
                  (nearest.empty() ? "" : "; the nearest that there are: " + join(nearest)),
              "lspci -D lists the addresses");
}

// Resolve the bus's link and check that it led to that very device below /sys/devices.
std::string device_path(const std::string& address, const HostRoot& root) {
  const auto parsed = parse_address(address);
  if (!parsed)
    throw Error(ExitCode::kDevice, address + ": not a PCI address; one looks like 0000:65:00.1",
                "lspci -D lists the addresses");
  const std::string link = root.sys() + "/bus/pci/devices/" + address;
  std::string path = link_target(link);
  if (path.empty()) refuse_unknown(address, *parsed, root);
  if (!path.starts_with(root.sys() + "/devices/") || base_name(path) != address)
    throw Error(ExitCode::kDevice, address + ": " + link + " leads to " + path + ", which is another device");
  return path;
}

uint32_t number_or_zero(const std::string& path) {
  return static_cast<uint32_t>(read_number(path).value_or(0));
}

// "1B36:0010" of `uevent`.
void set_ids(std::string_view text, uint16_t& vendor, uint16_t& device) {
  const size_t colon = std::min(text.find(':'), text.size());
  vendor = static_cast<uint16_t>(parse_hex(text.substr(0, colon)).value_or(0));
  device = static_cast<uint16_t>(parse_hex(text.substr(std::min(colon + 1, text.size()))).value_or(0));
}

// `uevent` says in one read what vendor, device, subsystem_*, class and the driver's link say in six.
void add_identity(HostFacts& facts) {
  const std::string uevent = read_attribute(facts.path + "/uevent");
  for (const std::string_view line : split_lines(uevent)) {
    const size_t equals = std::min(line.find('='), line.size() - 1);
    const std::string_view key = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (key == "PCI_ID") set_ids(value, facts.vendor, facts.device);
    if (key == "PCI_SUBSYS_ID") set_ids(value, facts.subsystem_vendor, facts.subsystem_device);
    if (key == "DRIVER") facts.driver = value;
    if (key == "PCI_CLASS") facts.class_code = static_cast<uint32_t>(parse_hex(value).value_or(0)) & 0xffffff;
  }
}

void add_sriov(HostFacts& facts) {
  facts.physical_function = link_name(facts.path + "/physfn");
  facts.is_vf = !facts.physical_function.empty();
  if (facts.is_vf) return;
  facts.total_vfs = number_or_zero(facts.path + "/sriov_totalvfs");
  facts.vfs = number_or_zero(facts.path + "/sriov_numvfs");
}

// `reset_method` came with 5.15; before it only `reset` says that there is some way.
void add_reset_methods(HostFacts& facts) {
  const std::string text = read_attribute(facts.path + "/reset_method");
  for (const std::string_view method : split_words(text)) facts.reset_methods.emplace_back(method);
  if (text.empty() && !exists(facts.path + "/reset_method") && exists(facts.path + "/reset"))
    facts.reset_methods = {"unknown"};
}

std::vector<base::IovaRange> parse_reserved(const std::string& text) {
  std::vector<base::IovaRange> ranges;
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    // VFIO itself maps over relaxable ones: vfio_iommu_resv_exclude() in drivers/vfio/vfio_iommu_type1.c.
    if (words.size() != 3 || words[2] == "direct-relaxable") continue;
    const auto start = parse_number(words[0]);
    const auto last = parse_number(words[1]);
    if (!start || !last || *last < *start || *last - *start == ~uint64_t{0}) continue;
    ranges.push_back(*base::IovaRange::make(base::Iova(*start), *last - *start + 1));
  }
  return ranges;
}

void add_group(HostFacts& facts) {
  const auto number = parse_number(link_name(facts.path + "/iommu_group"));
  if (!number) return;
  facts.group = static_cast<unsigned>(*number);
  const std::string group = facts.path + "/iommu_group/";
  const std::string devices = group + "devices/";
  for (const std::string& member : list_folder(devices)) {
    if (member == facts.address) {
      facts.group_members.push_back(
          {.address = member, .driver = facts.driver, .is_bridge = facts.class_code >> 8 == kClassPciBridge});
      continue;
    }
    const std::string path = devices + member;
    facts.group_members.push_back({.address = member,
                                   .driver = link_name(path + "/driver"),
                                   .is_bridge = number_or_zero(path + "/class") >> 8 == kClassPciBridge});
  }
  facts.reserved_iova = parse_reserved(read_attribute(group + "reserved_regions"));
}

}  // namespace

HostFacts read_facts(const std::string& address, const HostRoot& root) {
  HostFacts facts;
  facts.address = address;
  facts.path = device_path(address, root);
  add_identity(facts);
  facts.bars = read_bars(facts.path);
  add_capability_facts(read_bytes(facts.path + "/config", kConfigHead), facts);
  add_sriov(facts);
  add_reset_methods(facts);
  add_group(facts);
  facts.uses = find_uses(facts, root);
  return facts;
}

std::optional<uint64_t> resizable_to(const HostFacts& facts, unsigned bar) {
  const std::string path = facts.path + "/resource" + std::to_string(bar) + "_resize";
  if (!exists(path)) return 0;
  return parse_hex(read_attribute(path));
}

std::optional<unsigned> numa_node(const HostFacts& facts) {
  const auto node = read_number(facts.path + "/numa_node");  // "-1", which is no number here: not said
  return node ? std::optional(static_cast<unsigned>(*node)) : std::nullopt;
}

std::vector<std::string> list_devices(const HostRoot& root) {
  return list_folder(root.sys() + "/bus/pci/devices");
}

DeviceFiles device_files(const HostFacts& facts, const HostRoot& root) {
  DeviceFiles files;
  if (facts.group) files.group = read_attribute(root.sys() + "/class/vfio/" + std::to_string(*facts.group) + "/dev");
  const std::string folder = facts.path + "/vfio-dev";
  const std::vector<std::string> names = list_folder(folder);
  if (!names.empty()) files.device = read_attribute(folder + "/" + names.front() + "/dev");
  return files;
}

}  // namespace vireo::host
