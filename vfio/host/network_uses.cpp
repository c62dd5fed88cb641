#include <algorithm>
#include <optional>
#include <set>

#include "vfio/host/sysfs_reader.h"
#include "vfio/host/uses.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

// linux/route.h, linux/if.h
constexpr uint64_t kRouteUp = 0x1;
constexpr uint64_t kRouteReject = 0x200;
constexpr uint64_t kInterfaceUp = 0x1;

bool usable(std::string_view flags) {
  return (parse_hex(flags).value_or(0) & (kRouteUp | kRouteReject)) == kRouteUp;
}

bool all_zero(std::string_view digits) {
  return digits.find_first_not_of('0') == std::string_view::npos;
}

// The interfaces that have routes, by procfs: net/ipv4/fib_trie.c (fib_route_seq_show), net/ipv6/route.c
// (rt6_info_route).
class Routes {
 public:
  explicit Routes(const HostRoot& root) {
    add_ipv4(base::read_text_or_empty(root.proc() + "/net/route"));
    add_ipv6(base::read_text_or_empty(root.proc() + "/net/ipv6_route"));
  }

  bool has_default(const std::string& interface) const { return with_default_.contains(interface); }
  // An interface with an address has the route to its own network.
  bool has_any(const std::string& interface) const { return with_any_.contains(interface); }

 private:
  // Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
  void add_ipv4(const std::string& text) {
    for (const std::string_view line : split_lines(text)) {
      const auto words = split_words(line);
      if (words.size() < 8 || words[0] == "Iface" || !usable(words[3])) continue;
      with_any_.emplace(words[0]);
      if (all_zero(words[1]) && all_zero(words[7])) with_default_.emplace(words[0]);
    }
  }

  // destination length source length gateway metric references uses flags interface
  void add_ipv6(const std::string& text) {
    for (const std::string_view line : split_lines(text)) {
      const auto words = split_words(line);
      // Each interface that is up has the link-local and multicast routes.
      if (words.size() < 10 || !usable(words[8]) || words[0].starts_with("fe80") || words[0].starts_with("ff"))
        continue;
      with_any_.emplace(words[9]);
      if (all_zero(words[0]) && all_zero(words[1])) with_default_.emplace(words[9]);
    }
  }

  std::set<std::string> with_default_;
  std::set<std::string> with_any_;
};

class NetworkWalk {
 public:
  explicit NetworkWalk(const HostRoot& root) : folder_(root.sys() + "/class/net/"), routes_(root) {}

  DeviceUse use_of(const std::string& interface) {
    std::set<std::string> seen;
    const std::string name = "network interface " + interface;
    if (const auto carrier = find_default(interface, seen))
      return {.what = name + (*carrier == interface ? "" : " (below " + *carrier + ")") + " has the default route",
              .blocking = true};
    return {.what = name + (is_up(interface) && routes_.has_any(interface) ? " is up with an address" : "")};
  }

 private:
  bool is_up(const std::string& interface) const {
    return (read_number(folder_ + interface + "/flags").value_or(0) & kInterfaceUp) != 0;
  }

  // The interface itself or one that stands on it: Documentation/ABI/testing/sysfs-class-net (upper_*).
  std::optional<std::string> find_default(const std::string& interface, std::set<std::string>& seen) const {
    constexpr std::string_view kUpper = "upper_";
    if (!seen.insert(interface).second) return std::nullopt;
    if (routes_.has_default(interface)) return interface;
    for (const std::string& entry : list_folder(folder_ + interface)) {
      if (!entry.starts_with(kUpper)) continue;
      if (auto carrier = find_default(entry.substr(kUpper.size()), seen)) return carrier;
    }
    return std::nullopt;
  }

  std::string folder_;
  Routes routes_;
};

}  // namespace

std::vector<DeviceUse> network_uses(const std::string& address, const HostRoot& root) {
  const std::string folder = root.sys() + "/class/net/";
  std::vector<std::string> interfaces = list_folder(folder);
  // "../../devices/pci0000:00/0000:00:03.0/virtio2/net/eth0"
  std::erase_if(interfaces, [&](const std::string& interface) {
    return link_text(folder + interface).find("/" + address + "/") == std::string::npos;
  });
  std::vector<DeviceUse> uses;
  if (interfaces.empty()) return uses;
  NetworkWalk walk(root);
  for (const std::string& interface : interfaces) uses.push_back(walk.use_of(interface));
  return uses;
}

}  // namespace vireo::host
