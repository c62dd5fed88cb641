#include "vfio/host/vf_policy.h"

#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <netinet/in.h>
#include <netlink/route/link/sriov.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include "vfio/host/netlink.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

constexpr std::array<const char*, 3> kVlanKeys{"vlan", "qos", "proto"};
constexpr std::array<const char*, 3> kStates{"auto", "enable", "disable"};  // IFLA_VF_LINK_STATE_*

using Vf = std::unique_ptr<rtnl_link_vf, void (*)(rtnl_link_vf*)>;

Vf get_vf(const Netlink& netlink, rtnl_link* link, const std::string& interface, unsigned index) {
  rtnl_link_vf* vf = nullptr;
  if (netlink.function<decltype(::rtnl_link_has_vf_list)>("rtnl_link_has_vf_list")(link) != 0)
    vf = netlink.function<decltype(::rtnl_link_vf_get)>("rtnl_link_vf_get")(link, index);
  if (vf == nullptr)
    throw Error(ExitCode::kDevice, interface + " has no VF " + std::to_string(index),
                "ip link show " + interface + " shows those that its driver knows");
  return {vf, netlink.function<decltype(::rtnl_link_vf_put)>("rtnl_link_vf_put")};
}

std::string protocol_text(uint16_t protocol) {
  return protocol == ETH_P_8021AD ? "802.1ad" : "802.1Q";
}

std::string switch_text(uint32_t value) {
  return value == 0 ? "off" : "on";
}

void read_mac(const Netlink& netlink, rtnl_link_vf* vf, VfPolicy& policy) {
  nl_addr* address = nullptr;
  if (netlink.function<decltype(::rtnl_link_vf_get_addr)>("rtnl_link_vf_get_addr")(vf, &address) < 0) return;
  std::array<char, 64> text{};
  netlink.function<decltype(::nl_addr2str)>("nl_addr2str")(address, text.data(), text.size());
  policy["mac"] = text.data();
  // How libnl shows that each byte is zero.
  if (policy["mac"] == "none") policy["mac"] = "00:00:00:00:00:00";
}

void read_vlan(const Netlink& netlink, rtnl_link_vf* vf, VfPolicy& policy) {
  nl_vf_vlans_t* vlans = nullptr;
  if (netlink.function<decltype(::rtnl_link_vf_get_vlans)>("rtnl_link_vf_get_vlans")(vf, &vlans) < 0) return;
  if (vlans->size > 0) {
    policy["vlan"] = std::to_string(vlans->vlans[0].vf_vlan);
    policy["qos"] = std::to_string(vlans->vlans[0].vf_vlan_qos);
    policy["proto"] = protocol_text(vlans->vlans[0].vf_vlan_proto);
  }
  netlink.function<decltype(::rtnl_link_vf_vlan_put)>("rtnl_link_vf_vlan_put")(vlans);
}

// libnl does not say that there is no limit; the kernel does, of each driver.
void read_rates(const Netlink& netlink, rtnl_link_vf* vf, VfPolicy& policy) {
  nl_vf_rate rate{};
  const bool limited = netlink.function<decltype(::rtnl_link_vf_get_rate)>("rtnl_link_vf_get_rate")(vf, &rate) >= 0;
  const bool both = rate.api == RTNL_LINK_VF_RATE_API_NEW;
  policy["max_tx_rate"] = std::to_string(!limited ? 0 : both ? rate.max_tx_rate : rate.rate);
  policy["min_tx_rate"] = std::to_string(limited && both ? rate.min_tx_rate : 0);
}

void read_switches(const Netlink& netlink, rtnl_link_vf* vf, VfPolicy& policy) {
  using Get = int(rtnl_link_vf*, uint32_t*);
  uint32_t value = 0;
  if (netlink.function<Get>("rtnl_link_vf_get_linkstate")(vf, &value) >= 0 && value < kStates.size())
    policy["state"] = kStates.at(value);
  // A driver that does not know it says all-ones, which libnl takes for nothing.
  if (netlink.function<Get>("rtnl_link_vf_get_spoofchk")(vf, &value) >= 0) policy["spoofchk"] = switch_text(value);
  if (netlink.function<Get>("rtnl_link_vf_get_trust")(vf, &value) >= 0) policy["trust"] = switch_text(value);
}

VfPolicy read_policy(const Netlink& netlink, rtnl_link_vf* vf) {
  VfPolicy policy;
  read_mac(netlink, vf, policy);
  read_vlan(netlink, vf, policy);
  read_rates(netlink, vf, policy);
  read_switches(netlink, vf, policy);
  return policy;
}

// A key's number; the caller has checked the values that a person gave.
uint32_t number_at(const VfPolicy& policy, const std::string& key) {
  const auto found = policy.find(key);
  return found == policy.end() ? 0 : static_cast<uint32_t>(parse_number(found->second).value_or(0));
}

void set_mac(const Netlink& netlink, rtnl_link_vf* vf, const std::string& mac) {
  nl_addr* address = nullptr;
  netlink.check("mac " + mac,
                netlink.function<decltype(::nl_addr_parse)>("nl_addr_parse")(mac.c_str(), AF_LLC, &address));
  netlink.function<decltype(::rtnl_link_vf_set_addr)>("rtnl_link_vf_set_addr")(vf, address);
  netlink.function<decltype(::nl_addr_put)>("nl_addr_put")(address);
}

void set_vlan(const Netlink& netlink, rtnl_link_vf* vf, const VfPolicy& policy) {
  nl_vf_vlans_t* vlans = nullptr;
  netlink.check("vlan", netlink.function<decltype(::rtnl_link_vf_vlan_alloc)>("rtnl_link_vf_vlan_alloc")(&vlans, 1));
  const auto protocol = policy.find("proto");
  const bool outer = protocol != policy.end() && protocol->second == "802.1ad";
  // libnl 3.7 sends the protocol as it is given, where it reads it into the host's order; 802.1Q it does not send at
  // all.
  vlans->vlans[0] = {.vf_vlan = number_at(policy, "vlan"),
                     .vf_vlan_qos = number_at(policy, "qos"),
                     .vf_vlan_proto = static_cast<uint16_t>(outer ? htons(ETH_P_8021AD) : ETH_P_8021Q)};
  netlink.function<decltype(::rtnl_link_vf_set_vlans)>("rtnl_link_vf_set_vlans")(vf, vlans);
  netlink.function<decltype(::rtnl_link_vf_vlan_put)>("rtnl_link_vf_vlan_put")(vlans);
}

void set_rates(const Netlink& netlink, rtnl_link_vf* vf, const VfPolicy& policy) {
  nl_vf_rate rate{.api = RTNL_LINK_VF_RATE_API_NEW,
                  .rate = 0,
                  .max_tx_rate = number_at(policy, "max_tx_rate"),
                  .min_tx_rate = number_at(policy, "min_tx_rate")};
  netlink.function<decltype(::rtnl_link_vf_set_rate)>("rtnl_link_vf_set_rate")(vf, &rate);
}

// What the kernel has as one attribute is set as one: `policy` is complete there.
void set_policy(const Netlink& netlink, rtnl_link_vf* vf, const VfPolicy& policy) {
  using Set = void(rtnl_link_vf*, uint32_t);
  const auto has = [&](const char* key) { return policy.contains(key); };
  if (has("mac")) set_mac(netlink, vf, policy.at("mac"));
  if (has("vlan")) set_vlan(netlink, vf, policy);
  if (has("max_tx_rate")) set_rates(netlink, vf, policy);
  if (has("spoofchk")) netlink.function<Set>("rtnl_link_vf_set_spoofchk")(vf, policy.at("spoofchk") == "on" ? 1 : 0);
  if (has("trust")) netlink.function<Set>("rtnl_link_vf_set_trust")(vf, policy.at("trust") == "on" ? 1 : 0);
  if (has("state")) {
    const auto* state = std::ranges::find(kStates, policy.at("state"));
    netlink.function<Set>("rtnl_link_vf_set_linkstate")(vf, static_cast<uint32_t>(state - kStates.begin()));
  }
}

}  // namespace

VfPolicy read_vf_policy(const std::string& interface, unsigned vf) {
  const Netlink netlink("a VF's policy");
  const Link link = get_link(netlink, interface);
  return read_policy(netlink, get_vf(netlink, link.get(), interface, vf).get());
}

void write_vf_policy(const std::string& interface, unsigned vf, const VfPolicy& policy) {
  const Netlink netlink("a VF's policy");
  const Link link = get_link(netlink, interface);
  const VfPolicy whole = completed(policy, read_policy(netlink, get_vf(netlink, link.get(), interface, vf).get()));
  const Link change = new_link(netlink);
  rtnl_link_vf* changed = netlink.function<decltype(::rtnl_link_vf_alloc)>("rtnl_link_vf_alloc")();
  netlink.function<decltype(::rtnl_link_vf_set_index)>("rtnl_link_vf_set_index")(changed, vf);
  set_policy(netlink, changed, whole);
  netlink.function<decltype(::rtnl_link_vf_add)>("rtnl_link_vf_add")(change.get(), changed);
  const auto send = netlink.function<decltype(::rtnl_link_change)>("rtnl_link_change");
  netlink.check("VF " + std::to_string(vf) + " of " + interface + ": its policy was refused",
                send(netlink.socket(), link.get(), change.get(), 0),
                "the PF's driver may not have what was asked for: ip link show " + interface + "; dmesg");
}

VfPolicy policy_for(const VfPolicy& wanted, const VfPolicy& all) {
  const auto is_vlan = [](const std::string& key) { return std::ranges::count(kVlanKeys, key) != 0; };
  const auto is_rate = [](const std::string& key) { return key.ends_with("_tx_rate"); };
  const auto any = [&](const auto& belongs) {
    return std::ranges::any_of(wanted, [&](const auto& pair) { return belongs(pair.first); });
  };
  const bool vlan = any(is_vlan);
  const bool rate = any(is_rate);
  VfPolicy part;
  for (const auto& [key, value] : all)
    if (wanted.contains(key) || (vlan && is_vlan(key)) || (rate && is_rate(key))) part.emplace(key, value);
  return part;
}

VfPolicy completed(const VfPolicy& wanted, const VfPolicy& now) {
  VfPolicy whole = policy_for(wanted, now);
  for (const auto& [key, value] : wanted) whole[key] = value;
  return whole;
}

std::vector<std::string> policy_differences(const VfPolicy& wanted, const VfPolicy& found) {
  std::vector<std::string> differences;
  for (const auto& [key, value] : wanted) {
    const auto now = found.find(key);
    if (now == found.end())
      differences.push_back("its driver has no " + key);
    else if (now->second != value)
      differences.push_back(std::string(key).append(" is ").append(now->second).append(", not ").append(value));
  }
  return differences;
}

}  // namespace vireo::host
