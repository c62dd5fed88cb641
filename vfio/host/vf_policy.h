#pragma once

#include <map>
#include <string>
#include <vector>

namespace vireo::host {

// What a PF's driver holds one of its VFs to: keys and values as `ip link set DEV vf N` has them, one spelling each.
//   mac 52:54:00:12:34:56; vlan 0 (none) to 4094; qos 0 to 7; proto 802.1Q or 802.1ad; spoofchk, trust on or off;
//   state auto, enable or disable; max_tx_rate, min_tx_rate in Mbit/s, 0: no limit.
// Those that a driver does not know are not there.
// Source: ip-link(8); include/uapi/linux/if_link.h, IFLA_VF_*.
using VfPolicy = std::map<std::string, std::string>;

// Read a VF's policy from the kernel. `interface`: the PF's.
// Errors: base::Error (kDevice): no such interface, or it has no such VF; (kHost): no libnl.
VfPolicy read_vf_policy(const std::string& interface, unsigned vf);

// Have the PF's driver hold a VF to what `policy` says; keys that it lacks stay as they are.
// Errors: the same, and what the driver refuses.
void write_vf_policy(const std::string& interface, unsigned vf, const VfPolicy& policy);

// Return the part of `all` that has the keys of `wanted`, and the keys that the kernel sets together with them: those
// of a VLAN, and both rates.
VfPolicy policy_for(const VfPolicy& wanted, const VfPolicy& all);

// Return `wanted`, and of `now` the other keys that the kernel sets together with its own.
VfPolicy completed(const VfPolicy& wanted, const VfPolicy& now);

// Return what differs: "vlan is 0, not 10", one key each; empty: `found` is as `wanted` says.
std::vector<std::string> policy_differences(const VfPolicy& wanted, const VfPolicy& found);

}  // namespace vireo::host
