#!/usr/bin/env bash
# Each key of a VF's policy, on the kernel's netdevsim, whose driver knows them all: set, as `ip link` shows it, and put back.
# Debian's kernels have no netdevsim: VIREO_LAB_KERNEL names one with a modules.tar.xz beside it that has.
# lab: --devices nvme
# timeout: 120
source tests/lab/case.sh

modules=$(dirname "${VIREO_LAB_KERNEL:-none}")/modules.tar.xz
[[ -e $modules ]] || skip "no kernel with netdevsim: set VIREO_LAB_KERNEL to one that has it in a modules.tar.xz"
tar -xJf "$modules" -C "$WORK"
insmod "$(find "$WORK" -name netdevsim.ko)"
echo "7 1" >/sys/bus/netdevsim/new_device
echo 2 >/sys/bus/netdevsim/devices/netdevsim7/sriov_numvfs
interface=$(basename /sys/bus/netdevsim/devices/netdevsim7/net/*)
ip link show "$interface" | tee "$WORK/before"

"$VIREO" host vf set "$interface" 1 mac 52:54:00:00:00:01 vlan 10 qos 3 proto 802.1ad spoofchk on trust on state disable \
  max_tx_rate 100 min_tx_rate 10
ip link show "$interface" | tee "$WORK/set"
assert_equal "$(grep 'vf 0' "$WORK/before")" "$(grep 'vf 0' "$WORK/set")" "VF 0 beside it"
for text in "link/ether 52:54:00:00:00:01" "vlan 10" "qos 3" "vlan protocol 802.1ad" "spoof checking on" "trust on" \
  "link-state disable" "max_tx_rate 100Mbps" "min_tx_rate 10Mbps"; do
  grep 'vf 1' "$WORK/set" | grep -qF "$text" || fail "VF 1 has not \"$text\""
done
# A part of the VLAN alone keeps the rest.
"$VIREO" host vf set "$interface" 1 vlan 20
ip link show "$interface" | grep 'vf 1' | grep -qF "vlan 20, qos 3, vlan protocol 802.1ad" || fail "the priority is lost"
if "$VIREO" host vf set "$interface" 1 min_tx_rate 200 >"$WORK/refused" 2>&1; then fail "more than the most"; fi
cat "$WORK/refused"
if "$VIREO" host vf set "$interface" 9 vlan 20 >"$WORK/refused" 2>&1; then fail "a VF that is not there"; fi
assert_contains "$WORK/refused" "has no VF 9"
"$VIREO" host vf release "$interface" 1
ip link show "$interface" | diff "$WORK/before" - || fail "the policy is not what it was"
