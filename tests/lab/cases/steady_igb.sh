#!/usr/bin/env bash
# An SR-IOV NIC's VF in steady use costs vireo nothing; see tests/lab/steady.sh. It needs a newer QEMU than Debian 12's.
# lab: --devices igb --qemu newest
# timeout: 240
source tests/lab/steady.sh

pf=$(nic)
ip link set eth0 up
echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
echo 1 >"/sys/bus/pci/devices/$pf/sriov_numvfs"
ip link set eth0 vf 0 mac 52:54:00:aa:bb:cc
steady igbvf "$(basename "$(readlink -f "/sys/bus/pci/devices/$pf/virtfn0")")"
