#include "vfio/host/identity.h"

#include <algorithm>

#include "vfio/host/pci_address.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;
using Values = std::vector<std::string>;

// "0x8086" and "0x1521"
Values id(const std::string& folder) {
  const std::string vendor = read_attribute(folder + "/vendor");
  const std::string device = read_attribute(folder + "/device");
  if (!vendor.starts_with("0x") || !device.starts_with("0x")) return {};
  return {vendor.substr(2) + ":" + device.substr(2)};
}

// The kernel pads some with blanks.
std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// An attribute of each entry of a folder that has it.
Values read_each(const std::string& folder, const char* attribute) {
  Values found;
  for (const std::string& entry : list_folder(folder)) {
    std::string path = folder;
    path.append("/").append(entry).append("/").append(attribute);
    if (std::string value = trimmed(read_attribute(path)); !value.empty()) found.push_back(std::move(value));
  }
  return found;
}

Values namespaces(const std::string& controllers) {
  Values found;
  for (const std::string& controller : list_folder(controllers))
    for (std::string& name : read_each(std::string(controllers).append("/").append(controller), "wwid"))
      found.push_back(std::move(name));
  return found;
}

Values serial(const std::string& folder) {
  constexpr size_t kMost = 32768;  // PCI 3.0 I.1: 15 bits of address
  const auto found = vpd_serial(read_bytes(folder + "/vpd", kMost));
  return found ? Values{*found} : Values{};
}

Values read_key(const std::string& key, const std::string& folder, const HostRoot& root) {
  if (key == "pci_path") return {pci_path(folder, root)};
  if (key == "id") return id(folder);
  if (key == "interface") return list_folder(folder + "/net");
  if (key == "mac") return read_each(folder + "/net", "address");
  if (key == "nvme_serial") return read_each(folder + "/nvme", "serial");
  if (key == "namespace") return namespaces(folder + "/nvme");
  return key == "serial" ? serial(folder) : Values{};
}

std::string joined(const Values& parts, const char* between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

Values values_of(const std::string& address, const std::string& key, const HostRoot& root) {
  return read_identity(address, {key}, root).at(key);
}

// The rest is not read of a function that lacks a part: some take long to say their vital product data.
bool fits(const std::string& address, const DeviceMatch& match, const HostRoot& root) {
  return std::ranges::all_of(match, [&](const auto& pair) {
    const Values values = values_of(address, pair.first, root);
    return std::ranges::find(values, pair.second) != values.end();
  });
}

std::string match_text(const DeviceMatch& match) {
  Values parts;
  parts.reserve(match.size());
  for (const auto& [key, value] : match) parts.push_back(std::string(key).append(" ").append(value));
  return joined(parts, " and ");
}

// What there is of the match's first key, for who looks for something else.
std::string what_there_is(const DeviceMatch& match, const HostRoot& root) {
  constexpr size_t kEnough = 8;
  const std::string& key = match.begin()->first;
  Values found;
  for (const std::string& address : list_devices(root)) {
    for (const std::string& value : values_of(address, key, root))
      if (found.size() < kEnough) found.push_back(std::string(value).append(" (").append(address).append(")"));
  }
  return found.empty() ? "no function has a " + key : "there are: " + joined(found, ", ");
}

}  // namespace

// "/sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.1": the bus numbers are the firmware's and the kernel's choice.
std::string pci_path(const std::string& folder, const HostRoot& root) {
  const std::string beginning = root.sys() + "/devices/pci";
  std::string path;
  if (!folder.starts_with(beginning)) return path;
  for (size_t begin = beginning.size(); begin < folder.size();) {
    const size_t end = std::min(folder.find('/', begin), folder.size());
    const std::string part = folder.substr(begin, end - begin);
    path += path.empty() ? part : "/" + part.substr(part.rfind(':') + 1);
    begin = end + 1;
  }
  return path;
}

std::optional<std::string> vpd_serial(const std::string& data) {
  constexpr uint8_t kReadOnly = 0x90;  // PCI 3.0 I.1: the tag of VPD-R, a large resource
  constexpr uint8_t kLarge = 0x80;
  const auto byte = [&](size_t at) { return at < data.size() ? static_cast<uint8_t>(data[at]) : uint8_t{0}; };
  size_t at = 0;
  while (at < data.size() && byte(at) != kReadOnly) {
    if ((byte(at) & kLarge) == 0) return std::nullopt;  // the end tag, or none
    at += 3 + byte(at + 1) + (size_t{byte(at + 2)} << 8);
  }
  const size_t end = std::min(data.size(), at + 3 + byte(at + 1) + (size_t{byte(at + 2)} << 8));
  // I.3.1.1: two letters, a length, and that many bytes.
  for (at += 3; at + 3 <= end; at += 3 + size_t{byte(at + 2)}) {
    const size_t size = byte(at + 2);
    if (data.compare(at, 2, "SN") == 0 && at + 3 + size <= end) {
      std::string text = data.substr(at + 3, size);
      text.erase(std::min(text.find('\0'), text.size()));
      return trimmed(text);
    }
  }
  return std::nullopt;
}

DeviceIdentity read_identity(const std::string& address, const std::vector<std::string>& keys, const HostRoot& root) {
  const std::string folder = link_target(root.sys() + "/bus/pci/devices/" + address);
  DeviceIdentity identity;
  for (const std::string& key : keys) identity[key] = read_key(key, folder, root);
  return identity;
}

std::vector<std::string> find_mismatches(const std::string& address, const DeviceMatch& match, const HostRoot& root) {
  std::vector<std::string> mismatches;
  for (const auto& [key, wanted] : match) {
    const Values values = values_of(address, key, root);
    if (std::ranges::find(values, wanted) != values.end()) continue;
    mismatches.push_back(values.empty() ? "it has no " + key
                                        : std::string("its ")
                                              .append(key)
                                              .append(" is ")
                                              .append(joined(values, ", "))
                                              .append(", not ")
                                              .append(wanted));
  }
  return mismatches;
}

std::string find_device(const DeviceMatch& match, std::optional<unsigned> index, const HostRoot& root) {
  Values found;
  for (const std::string& address : list_devices(root))
    if (fits(address, match, root)) found.push_back(address);
  if (found.empty())
    throw Error(ExitCode::kDevice,
                "no function of this host has " + match_text(match) + "; " + what_there_is(match, root),
                "vireo host list shows the functions; one that no driver of the host's has shows no interface, no MAC "
                "address and no NVMe serial number");
  if (index && *index >= found.size())
    throw Error(ExitCode::kDevice,
                "there are " + std::to_string(found.size()) + " functions with " + match_text(match) + ": " +
                    joined(found, ", "),
                "`index:` counts them from 0");
  if (!index && found.size() > 1)
    throw Error(ExitCode::kDevice,
                std::to_string(found.size()) + " functions have " + match_text(match) + ": " + joined(found, ", "),
                "say more of it, or which with `index: 0`");
  return found[index.value_or(0)];
}

}  // namespace vireo::host
