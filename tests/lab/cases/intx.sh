#!/usr/bin/env bash
# INTx: three NICs share one line of the guest, two of them conventional PCI in one group behind a bridge; then one goes
# from INTx to MSI-X and back by loading its driver anew.
# lab: --devices e1000e,pci-bridge
# timeout: 300
source tests/lab/case.sh

card_of() { basename "$(readlink -f "/sys/bus/pci/drivers/$1"/0000:* | sed -n "${2}p")"; }
express=$(card_of e1000e 1)
first=$(card_of e1000 1)
second=$(card_of e1000 2)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
sleep 1
try() {
  card=$(basename "$(ls -d /sys/bus/pci/devices/$1/net/*)")
  ip link set "$card" up
  ip addr add 10.0.2.15/24 dev "$card"
  for second in 1 2 3 4 5 6 7 8 9 10; do [ "$(cat /sys/class/net/$card/carrier)" = 1 ] && break; sleep 1; done
  if ping -c 5 -w 20 -s 1400 10.0.2.2 >/dev/null; then echo "$2: answers"; else echo "$2: no answer"; fi
  grep "$card" /proc/interrupts | sed "s/^ */$2: /; s/  */ /g"
  ip link set "$card" down
  ip addr flush dev "$card"
}
lspci -nn | grep Ethernet
try 0000:01:00.0 "e1000e by INTx"
try 0000:02:00.0 "first e1000"
try 0000:03:00.0 "second e1000"
# All three at once on their one line.
for card in /sys/class/net/eth*; do ip link set "$(basename "$card")" up; done
sleep 2
try 0000:02:00.0 "first e1000, line shared"
for mode in 2 0; do
  rmmod e1000e
  insmod "$(grep e1000e.ko /modules/order)" IntMode=$mode
  sleep 1
  try 0000:01:00.0 "e1000e in mode $mode"
done
dmesg | grep -i "nobody cared\|Disabling IRQ\|spurious"
' e1000 e1000e
write_guest "$WORK/intx.yaml" "$WORK/initrd" "  - {root_port: rp0, address: 1, device: {vfio: $express}}
  - {root_port: rp1, address: 5, device: {vfio: $first}}
  - {root_port: rp2, address: 9, device: {vfio: $second}}" cmdline="$CMDLINE e1000e.IntMode=0"
tracing=/sys/kernel/tracing
echo 'p:bus_reset pci_reset_bus' >$tracing/kprobe_events
echo 1 >$tracing/events/kprobes/bus_reset/enable
run_guest "$WORK/intx.yaml" || fail "vireo ended with $?"
cp "$WORK/guest.log" "$VIREO_RESULTS/"
for what in "e1000e by INTx" "first e1000" "second e1000" "first e1000, line shared" "e1000e in mode 2" "e1000e in mode 0"; do
  assert_contains "$WORK/guest.log" "$what: answers"
done
# Line 17: device 1, 5 and 9 of the root bus turn INTA by one.
for what in "e1000e by INTx" "first e1000" "second e1000"; do
  grep -qE "^$what: 17: [1-9][0-9]* IO-APIC 17-fasteoi" "$WORK/guest.log" || fail "$what did not interrupt on line 17"
done
grep -qE '^first e1000, line shared: 17: .* eth0, eth1, eth2' "$WORK/guest.log" || fail "the line is not shared"
[[ $(grep -cE '^e1000e in mode 2: [0-9]+: [1-9][0-9]* PCI-MSI' "$WORK/guest.log") == 3 ]] || fail "no MSI-X interrupts"
assert_not_contains "$WORK/guest.log" "nobody cared" "a storm of the line's"
# The two e1000 have no reset of their own: vireo resets their bus once at the start, the kernel when the last is closed.
assert_equal 2 "$(grep -c ' bus_reset:' $tracing/trace)" "resets of the bus"
assert_equal e1000e "$(driver_of "$express")" "the driver afterwards"
assert_equal e1000 "$(driver_of "$second")" "the driver afterwards"
