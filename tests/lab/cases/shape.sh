#!/usr/bin/env bash
# What the file shapes: two host functions as one device of two functions, a BAR that is trapped, a hypervisor that does
# not show; and `vireo show` of the guest that runs with it.
# lab: --devices e1000e,pci-bridge
# timeout: 300
source tests/lab/case.sh

mapfile -t cards < <(for card in /sys/bus/pci/drivers/e1000/0000:*; do basename "$(readlink -f "$card")"; done)
express=$(basename "$(readlink -f /sys/bus/pci/drivers/e1000e/0000:*)")
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
lspci -n
echo "hypervisor: $(grep -c hypervisor /proc/cpuinfo)"
for card in /sys/class/net/eth*; do
  name=$(basename $card)
  ip link set $name up && ip addr add 10.0.2.15/24 dev $name
  tries=0
  while [ "$(cat $card/carrier)" != 1 ] && [ $tries -lt 40 ]; do sleep 0.5; tries=$((tries + 1)); done
  ping -c 3 -w 20 -s 1400 10.0.2.2 >/dev/null && echo "$(basename $(readlink -f $card/device)): pinged"
  ip link set $name down
done
ip link set $name up
sleep 1
echo "job: wait"
sleep 100
' e1000 e1000e
write_guest "$WORK/shape.yaml" "$WORK/initrd" "
  - root_port: rp0
    functions: [{vfio: ${cards[0]}}, {vfio: ${cards[1]}, trap: [0]}]
  - {root_port: rp1, device: {vfio: $express, reset: bus}}"
echo "hypervisor: hidden" >>"$WORK/shape.yaml"

methods=$(cat "/sys/bus/pci/devices/$express/reset_method")
[[ $methods == *" bus" ]] || fail "the NIC has no second way to reset: $methods"
"$VIREO" plan "$WORK/shape.yaml" >"$WORK/plan"
assert_contains "$WORK/plan" "peer-to-peer DMA: what each device's peers reach"
assert_contains "$WORK/plan" "${cards[1]}  none" "a trapped BAR that no peer reaches"
"$VIREO" show >"$WORK/none"
assert_contains "$WORK/none" "no guest of this user runs"

"$VIREO" run "$WORK/shape.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
pid=$!
wait_for "$WORK/guest.log" "job: wait" 150
assert_contains "$WORK/guest.log" "01:00.0 0200: 8086:100e"
assert_contains "$WORK/guest.log" "01:00.1 0200: 8086:100e" "the second function"
assert_contains "$WORK/guest.log" "hypervisor: 0"
for line in 0000:01:00.0 0000:01:00.1 0000:02:00.0; do assert_contains "$WORK/guest.log" "$line: pinged"; done

assert_equal bus "$(cat "/sys/bus/pci/devices/$express/reset_method")" "the way to reset"

"$VIREO" show >"$WORK/list"
assert_contains "$WORK/list" "shape  process $pid"
"$VIREO" show shape | tee "$WORK/show"
assert_contains "$WORK/show" "${cards[1]} -> 01:00.1  INTx"
assert_contains "$WORK/show" "$express -> 02:00.0  MSI-X"
# The card that is up has an open vector with a host interrupt that has fired.
grep -qE '^ +[0-9]+ +[0-9]+ +open +[0-9]+ +[1-9][0-9]*$' "$WORK/show" || fail "no vector has counted"
"$VIREO" show --json shape >"$WORK/json"
assert_contains "$WORK/json" '"host_irq"' "the host's interrupts in JSON"
status=0
"$VIREO" show other 2>"$WORK/other" || status=$?
assert_equal 2 $status "exit code for a guest that does not run"
assert_contains "$WORK/other" "these run: shape"

kill -9 $pid
wait $pid || true
"$VIREO" show >"$WORK/none"
assert_contains "$WORK/none" "no guest of this user runs" "the end after SIGKILL"
"$VIREO" host restore
assert_equal e1000 "$(driver_of "${cards[0]}")" "the driver afterwards"
assert_equal "$methods" "$(cat "/sys/bus/pci/devices/$express/reset_method")" "the ways to reset afterwards"
