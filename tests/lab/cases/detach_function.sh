#!/usr/bin/env bash
# Two cards are one device of two functions in one slot. The host takes the second back: the guest's drivers let go of both in
# good order, and the first works again.
# lab: --devices e1000e,e1000e2
# timeout: 400
source tests/lab/case.sh

mapfile -t cards < <(for net in /sys/class/net/eth*; do basename "$(readlink -f "$net/device")"; done | sort)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
check() {
  tries=0
  while [ ! -e /sys/bus/pci/devices/0000:01:00.0/net ] && [ $tries -lt 200 ]; do sleep 0.1; tries=$((tries + 1)); done
  name=$(ls /sys/bus/pci/devices/0000:01:00.0/net)
  ip link set $name up && ip addr add 10.0.2.15/24 dev $name
  tries=0
  while [ "$(cat /sys/class/net/$name/carrier)" != 1 ] && [ $tries -lt 40 ]; do sleep 0.5; tries=$((tries + 1)); done
  ping -c 3 -w 10 10.0.2.2 >/dev/null && echo "$1: ping works"
  echo "$1: functions $(ls /sys/bus/pci/devices | grep -c "0000:01:00")"
}
check before
echo "job: take the second"
tries=0
# The second goes first; the first follows, and is back some seconds later.
while ls /sys/bus/pci/devices | grep -q 0000:01:00 && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
check after
dmesg | grep pciehp | sed "s/^/guest: /"
poweroff -f
' e1000e
write_guest "$WORK/both.yaml" "$WORK/initrd" "  - root_port: rp0
    functions: [{vfio: ${cards[0]}, on_error: detach}, {vfio: ${cards[1]}, on_error: detach}]"

timeout 200 "$VIREO" run "$WORK/both.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
pid=$!
wait_for "$WORK/guest.log" "job: take the second" 80
timeout 60 bash -c "echo ${cards[1]} >/sys/bus/pci/drivers/vfio-pci/unbind" || fail "the host waits for its device"
status=0
wait $pid || status=$?
cat "$WORK/guest.log"
assert_equal 0 $status "exit code"
assert_contains "$WORK/guest.log" "before: functions 2"
assert_contains "$WORK/guest.log" "before: ping works"
assert_contains "$WORK/guest.log" "${cards[1]}] the guest let go of it"
assert_not_contains "$WORK/guest.log" "${cards[0]}] the guest let go of it"
assert_contains "$WORK/guest.log" "after: functions 1"
assert_contains "$WORK/guest.log" "after: ping works"
for card in "${cards[@]}"; do
  [[ $card != "${cards[1]}" ]] || echo "$card" >/sys/bus/pci/drivers_probe
  assert_equal e1000e "$(driver_of "$card")" "the driver afterwards"
done
