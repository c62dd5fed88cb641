#!/usr/bin/env bash
# A NIC's VFs by `vf:`: two guests with one each, held to their MAC addresses and a VLAN by the PF, reach each other; what the
# PF held the VFs to before is back afterwards, also after SIGKILL. It needs a newer QEMU than Debian 12's.
# lab: --devices igb --qemu newest
# timeout: 420
source tests/lab/case.sh
source tests/lab/vf_state.sh

pf=$(nic)
ip link set eth0 up
vf_state "$pf" >"$WORK/first"
"$VIREO" host vf create eth0 2
vf_state "$pf" >"$WORK/before"
same() { vf_state "$pf" | diff "$WORK/${2:-before}" - || fail "the host is another after $1"; }

# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
tries=0
while [ ! -e /sys/class/net/eth0 ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
echo "mac: $(cat /sys/class/net/eth0/address)"
ip addr add 10.9.0.$1/24 dev eth0
ip link set eth0 up
tries=0
while [ "$(cat /sys/class/net/eth0/carrier)" != 1 ] && [ $tries -lt 40 ]; do sleep 0.5; tries=$((tries + 1)); done
echo "ready"
[ $1 = 1 ] && sleep $2
tries=0
while ! ping -c 1 -W 1 10.9.0.1 >/dev/null && [ $tries -lt 20 ]; do tries=$((tries + 1)); done
ping -c 20 -i 0.05 -q 10.9.0.1 | grep packets
poweroff -f
' igbvf
guest() { # guest NUMBER SECONDS
  write_guest "$WORK/g$1.yaml" "$WORK/initrd" \
    "  - {root_port: rp0, device: {vf: {pf: eth0, mac: '52:54:00:aa:bb:0$1', vlan: 10, spoofchk: on}}}" cmdline="$CMDLINE vireo.args=$1,$2"
}
start() { # start NUMBER
  rm -f "$WORK/g$1.log"
  "$VIREO" run "$WORK/g$1.yaml" </dev/null >"$WORK/g$1.log" 2>&1 &
}

guest 1 300
guest 2 0
start 1
first=$!
wait_for "$WORK/g1.log" ready 120
start 2
second=$!
wait_for "$WORK/g2.log" ready 120
"$VIREO" host vf list eth0 | tee "$WORK/list"
wait $second || fail "g2 ended with $?: $(tail -n 5 "$WORK/g2.log")"
kill -TERM $first
wait $first || true
cat "$WORK/g2.log"
for number in 1 2; do
  assert_contains "$WORK/g$number.log" "mac: 52:54:00:aa:bb:0$number"
  assert_contains "$WORK/list" "mac 52:54:00:aa:bb:0$number"
  assert_contains "$WORK/list" "in use by guest \"g$number\""
done
assert_contains "$WORK/list" "vlan 10"
assert_contains "$WORK/g2.log" "20 packets transmitted, 20 packets received"
same "two guests"

start 1
first=$!
wait_for "$WORK/g1.log" ready 120
kill -KILL $first
wait $first || true
"$VIREO" host restore
same "SIGKILL and restore"

# What this NIC has not.
if "$VIREO" host vf set eth0 0 state disable >"$WORK/state.log" 2>&1; then fail "igb has no link states"; fi
cat "$WORK/state.log"
same "a setting that was refused"

# By the scripts that README.md points to.
export VIREO
for number in 3 4; do
  write_guest "$WORK/g$number.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vf: {pf: eth0, index: $((number - 3))}}}" \
    cmdline="$CMDLINE vireo.args=$((number - 2)),40"
done
configs/sriov/nic-guests eth0 10 "$WORK/g3.yaml" "$WORK/g4.yaml"
assert_contains "$WORK/g3.log" "mac: 52:54:00:00:00:01"
assert_contains "$WORK/g4.log" "mac: 52:54:00:00:00:02"
assert_contains "$WORK/g4.log" "20 packets transmitted, 20 packets received"
configs/sriov/return-all eth0
same "returning all" first
