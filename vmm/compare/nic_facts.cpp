#include <ifaddrs.h>
#include <netinet/in.h>
#include <spdlog/fmt/fmt.h>

#include "vfio/host/pci_address.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"
#include "vmm/compare/nic_medium.h"

namespace vireo::compare {
namespace {

using base::Error;
using base::ExitCode;

bool has_address(const std::string& interface) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) < 0) return false;
  bool found = false;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || interface != one->ifa_name) continue;
    found |= one->ifa_addr->sa_family == AF_INET;
    found |= one->ifa_addr->sa_family == AF_INET6 &&
             !IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(one->ifa_addr)->sin6_addr);
  }
  ::freeifaddrs(all);
  return found;
}

// What sysfs shows of network devices.
class NetworkDevices {
 public:
  explicit NetworkDevices(const host::HostRoot& root)
      : interfaces_(root.sys() + "/class/net/"), devices_(root.sys() + "/bus/pci/devices/") {}

  bool has_interface(const std::string& name) const { return host::exists(interfaces_ + name); }
  std::vector<std::string> interfaces_of(const std::string& address) const {
    return host::list_folder(devices_ + address + "/net");
  }
  // The PCI device of an interface; empty: it has none.
  std::string address_of(const std::string& interface) const {
    const std::string address = host::link_name(interfaces_ + interface + "/device");
    return host::parse_address(address) ? address : std::string();
  }
  // Empty: there are not as many.
  std::string vf(const std::string& address, unsigned index) const {
    return host::link_name(fmt::format("{}{}/virtfn{}", devices_, address, index));
  }
  std::string attribute(const std::string& address, const char* name) const {
    return host::read_attribute(devices_ + address + "/" + name);
  }
  // What stands on an interface; empty: nothing.
  std::string upper(const std::string& interface) const {
    constexpr std::string_view kUpper = "upper_";
    for (const std::string& entry : host::list_folder(interfaces_ + interface))
      if (entry.starts_with(kUpper)) return entry.substr(kUpper.size());
    return {};
  }
  // By itself, or by the interface that it has.
  std::string find(const std::string& name) const {
    for (const std::string& address : {name, "0000:" + name})
      if (host::parse_address(address) && host::exists(devices_ + address)) return address;
    if (!has_interface(name))
      throw Error(ExitCode::kDevice, "no network interface or device " + name, "ip link shows those that there are");
    std::string address = address_of(name);
    if (address.empty())
      throw Error(ExitCode::kDevice, "network interface " + name + " is no PCI device's",
                  "name the interface of a network card");
    return address;
  }

 private:
  std::string interfaces_;
  std::string devices_;
};

void require_unused(const NetworkDevices& devices, const std::string& interface) {
  const std::string what = "the peer, network interface " + interface + ", is in use: ";
  constexpr const char* kHelp = "name one that nobody uses; while it is compared the host does not have it";
  if (has_address(interface)) throw Error(ExitCode::kDevice, what + "it has an address", kHelp);
  const std::string upper = devices.upper(interface);
  if (!upper.empty()) throw Error(ExitCode::kDevice, what + upper + " stands on it", kHelp);
}

// A VF that one of the host's drivers has is an end of the same switch.
std::string find_peer(const NetworkDevices& devices, const config::CompareConfig& config, const std::string& address) {
  const std::string help = "name the interface that answers: another port, by cable or switch, or a VF of " +
                           config.nic + " that the host's driver has: --peer eth2, or `peer: eth2`";
  std::string peer = config.peer;
  for (unsigned index = 0; peer.empty(); ++index) {
    const std::string vf = devices.vf(address, index);
    if (vf.empty()) throw Error(ExitCode::kUsage, "nobody is at the other end of " + config.nic, help);
    const auto interfaces = devices.interfaces_of(vf);
    if (!interfaces.empty()) peer = interfaces.front();
  }
  if (!devices.has_interface(peer)) throw Error(ExitCode::kDevice, "no network interface " + peer, help);
  if (devices.address_of(peer) == address) throw Error(ExitCode::kUsage, peer + " cannot be its own peer", help);
  require_unused(devices, peer);
  return peer;
}

// The first VF that is not the peer; nothing, where there are none.
std::optional<unsigned> free_vf(const NetworkDevices& devices, const std::string& address, const std::string& peer) {
  for (unsigned index = 0;; ++index) {
    const std::string vf = devices.vf(address, index);
    if (vf.empty()) return std::nullopt;
    if (vf != devices.address_of(peer)) return index;
  }
}

// As a VF will have it: its subsystem is not known yet. PCI Express 5.0 9.3.3.11
std::string vf_alias(const NetworkDevices& devices, const std::string& address) {
  return fmt::format("pci:v{:08X}d{:08X}sv00000000sd00000000bc02sc00i00",
                     host::parse_number(devices.attribute(address, "vendor")).value_or(0),
                     host::parse_hex(devices.attribute(address, "sriov_vf_device")).value_or(0));
}

}  // namespace

NicMedium::Facts NicMedium::find(const config::CompareConfig& config, const host::HostRoot& root) {
  const NetworkDevices devices(root);
  const std::string address = devices.find(config.nic);
  const auto interfaces = devices.interfaces_of(address);
  if (interfaces.empty())
    throw Error(ExitCode::kDevice, address + " has no network interface: no driver of the host's has it",
                "vireo host list shows who has it");
  const std::string peer = find_peer(devices, config, address);
  return {.interface = interfaces.front(),
          .address = address,
          .peer = peer,
          .can_have_vfs = host::parse_number(devices.attribute(address, "sriov_totalvfs")).value_or(0) != 0,
          .vf_index = free_vf(devices, address, peer),
          .vf_alias = vf_alias(devices, address),
          .alias = devices.attribute(address, "modalias")};
}

}  // namespace vireo::compare
