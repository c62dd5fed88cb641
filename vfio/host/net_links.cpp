#include "vfio/host/net_links.h"

#include <net/if.h>
#include <netlink/route/link/macvlan.h>
#include <netlink/route/link/macvtap.h>
#include <signal.h>

#include "vfio/host/netlink.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/log.h"

namespace vireo::host {
namespace {

constexpr const char* kPurpose = "a network interface for a guest";

// Have the kernel change what was set in `change`.
void change_link(const Netlink& netlink, const std::string& interface, const Link& change, const std::string& what) {
  const Link link = get_link(netlink, interface);
  const auto apply = netlink.function<decltype(::rtnl_link_change)>("rtnl_link_change");
  netlink.check(what, apply(netlink.socket(), link.get(), change.get(), 0));
}

void set_up(const std::string& interface, bool up) {
  const Netlink netlink(kPurpose);
  const Link change = new_link(netlink);
  if (up)
    netlink.function<decltype(::rtnl_link_set_flags)>("rtnl_link_set_flags")(change.get(), IFF_UP);
  else
    netlink.function<decltype(::rtnl_link_unset_flags)>("rtnl_link_unset_flags")(change.get(), IFF_UP);
  change_link(netlink, interface, change, "network interface " + interface + " cannot be set " + (up ? "up" : "down"));
}

bool is_down(const std::string& interface) {
  return (read_number("/sys/class/net/" + interface + "/flags").value_or(IFF_UP) & IFF_UP) == 0;
}

Link new_upper_link(const Netlink& netlink, UpperLink::Kind kind) {
  const auto free = netlink.function<decltype(::rtnl_link_put)>("rtnl_link_put");
  if (kind == UpperLink::Kind::kMacvtap)
    return {netlink.function<decltype(::rtnl_link_macvtap_alloc)>("rtnl_link_macvtap_alloc")(), free};
  return {netlink.function<decltype(::rtnl_link_macvlan_alloc)>("rtnl_link_macvlan_alloc")(), free};
}

void delete_link(const std::string& interface) {
  const Netlink netlink(kPurpose);
  const Link link = get_link(netlink, interface);
  const auto remove = netlink.function<decltype(::rtnl_link_delete)>("rtnl_link_delete");
  netlink.check("network interface " + interface, remove(netlink.socket(), link.get()));
}

void try_to_delete(const std::string& interface) noexcept {
  try {
    delete_link(interface);
  } catch (const std::exception& error) {
    spdlog::warn("network interface {} is left: {}; ip link delete {}", interface, error.what(), interface);
  }
}

}  // namespace

void move_link(const std::string& interface, pid_t process) {
  const Netlink netlink(kPurpose);
  const Link change = new_link(netlink);
  netlink.function<decltype(::rtnl_link_set_ns_pid)>("rtnl_link_set_ns_pid")(change.get(), process);
  change_link(netlink, interface, change, "network interface " + interface + " cannot be taken");
}

LinkUp::LinkUp(std::string interface) : interface_(std::move(interface)), was_down_(is_down(interface_)) {
  if (was_down_) set_up(interface_, true);
}

LinkUp::~LinkUp() {
  try {
    if (is_down(interface_) != was_down_) set_up(interface_, !was_down_);
  } catch (const std::exception& error) {
    spdlog::warn("network interface {} is not what it was: {}", interface_, error.what());
  }
}

UpperLink::UpperLink(Kind kind, std::string name, const std::string& lower) : name_(std::move(name)) {
  const Netlink netlink(kPurpose);
  const Link below = get_link(netlink, lower);
  const Link link = new_upper_link(netlink, kind);
  netlink.function<decltype(::rtnl_link_set_name)>("rtnl_link_set_name")(link.get(), name_.c_str());
  const int index = netlink.function<decltype(::rtnl_link_get_ifindex)>("rtnl_link_get_ifindex")(below.get());
  netlink.function<decltype(::rtnl_link_set_link)>("rtnl_link_set_link")(link.get(), index);
  netlink.function<decltype(::rtnl_link_set_flags)>("rtnl_link_set_flags")(link.get(), IFF_UP);
  const auto add = netlink.function<decltype(::rtnl_link_add)>("rtnl_link_add");
  netlink.check(std::string("a ") + (kind == Kind::kMacvtap ? "macvtap" : "macvlan") + " on network interface " + lower,
                add(netlink.socket(), link.get(), NLM_F_CREATE | NLM_F_EXCL),
                "the host's kernel needs the module of that name, and the interface must be no bridge's");
}

// One that was given to a process ends with it.
UpperLink::~UpperLink() {
  if (exists("/sys/class/net/" + name_)) try_to_delete(name_);
}

void delete_left_links(const std::string& prefix) {
  for (const std::string& name : list_folder("/sys/class/net")) {
    if (!name.starts_with(prefix)) continue;
    const auto process = parse_number(name.substr(prefix.size()));
    if (process && *process > 0 && ::kill(static_cast<pid_t>(*process), 0) < 0 && errno == ESRCH) try_to_delete(name);
  }
}

}  // namespace vireo::host
