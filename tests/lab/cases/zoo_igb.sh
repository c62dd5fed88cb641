#!/usr/bin/env bash
# The zoo's SR-IOV NIC, which needs a newer QEMU than Debian 12's; see tests/lab/zoo.sh.
# lab: --devices igb --qemu newest
# timeout: 600
source tests/lab/zoo.sh

pf=$(nic)
visit "igb PF" nic igb MSI-X "" "$pf"
visit "igb PF" nic igb MSI "msix: hide" "$pf"
visit "igb PF" nic igb INTx "msix: hide, msi: hide" "$pf"
# A VF's link is its PF's, which the host's driver keeps up.
ip link set eth0 up
echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
echo 1 >"/sys/bus/pci/devices/$pf/sriov_numvfs"
ip link set eth0 vf 0 mac 52:54:00:aa:bb:cc
visit "igb VF" nic igbvf MSI-X "" "$(basename "$(readlink -f "/sys/bus/pci/devices/$pf/virtfn0")")"
((broken == 0)) || fail "the zoo has gaps"
