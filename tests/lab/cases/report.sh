#!/usr/bin/env bash
# `on_error: report`: an error of the device reaches the guest's driver by its root port's AER, the driver resets the device,
# and it works as before.
# lab: --devices e1000e
# timeout: 300
source tests/lab/case.sh

card=$(nic)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
check() {
  tries=0
  while [ "$(cat /sys/class/net/eth0/carrier)" != 1 ] && [ $tries -lt 40 ]; do sleep 0.5; tries=$((tries + 1)); done
  ping -c 3 -w 10 10.0.2.2 >/dev/null && echo "$1: ping works"
}
tries=0
while [ ! -e /sys/class/net/eth0 ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0
check before
echo "job: fail it"
tries=0
until dmesg | grep -q "AER: device recovery" || [ $tries -ge 300 ]; do sleep 0.1; tries=$((tries + 1)); done
check after
dmesg | grep -E "AER|e1000e" | sed "s/^/guest: /"
poweroff -f
' e1000e
write_guest "$WORK/report.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $card, on_error: report}}"

timeout 200 "$VIREO" run "$WORK/report.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
pid=$!
wait_for "$WORK/guest.log" "job: fail it" 80
# QEMU 7.2's NIC sends no error messages. A non-fatal error of the port above it is told to all below, and resets nothing.
echo "pcie_aer_inject_error rp1 POISON_TLP" >/dev/virtio-ports/vireo.monitor
status=0
wait $pid || status=$?
cat "$WORK/guest.log"
dmesg | grep -E "AER|vfio" || true
assert_equal 0 $status "exit code"
assert_contains "$WORK/guest.log" "before: ping works"
assert_contains "$WORK/guest.log" "the device reports an error: the guest is told"
assert_contains "$WORK/guest.log" "severity=Uncorrected (Fatal)"
assert_contains "$WORK/guest.log" "AER: device recovery successful"
assert_contains "$WORK/guest.log" "after: ping works"
assert_equal e1000e "$(driver_of "$card")" "the driver afterwards"
