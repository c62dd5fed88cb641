#!/usr/bin/env bash
# `on_error: detach`: the host takes a device out of a running guest, which goes on without it, also over a reboot; and the
# host has it back at once.
# lab: --devices nvme,e1000e
# timeout: 300
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
card=$(nic)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
look() {
  echo "$1: nic $(setpci -s 02:00.0 VENDOR_ID 2>/dev/null) link $(setpci -s 00:02.0 CAP_EXP+12.w)"
  echo "$1: disk $(dd if=/dev/nvme0n1 bs=1M count=8 iflag=direct 2>/dev/null | sha256sum | cut -c1-16)"
}
look begin
[ "$(setpci -s 02:00.0 VENDOR_ID 2>/dev/null)" = 8086 ] || { look rebooted; poweroff -f; }
echo "job: pull it"
tries=0
while [ "$(setpci -s 02:00.0 VENDOR_ID)" != ffff ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
look pulled
reboot -f
' nvme e1000e
write_guest "$WORK/detach.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}
  - {root_port: rp1, device: {vfio: $card, on_error: detach}}"
disk=$(dd if=/dev/nvme0n1 bs=1M count=8 iflag=direct 2>/dev/null | sha256sum | cut -c1-16)

timeout 200 "$VIREO" run "$WORK/detach.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
pid=$!
wait_for "$WORK/guest.log" "job: pull it" 80
timeout 20 bash -c "echo 1 >/sys/bus/pci/devices/$card/remove" || fail "the host waits for its device"
[[ ! -e /sys/bus/pci/devices/$card ]] || fail "the device is still there"
status=0
wait $pid || status=$?
cat "$WORK/guest.log"
assert_equal 0 $status "exit code"
assert_contains "$WORK/guest.log" "begin: nic 8086"
assert_contains "$WORK/guest.log" "begin: disk $disk"
assert_contains "$WORK/guest.log" "pulled: nic ffff"
assert_contains "$WORK/guest.log" "pulled: disk $disk" "the other device's bytes"
assert_contains "$WORK/guest.log" "rebooted: disk $disk" "the other device's bytes after a reboot"
assert_contains "$WORK/guest.log" "the host asks for the device back: it is detached from the running guest"
# Data Link Layer Link Active, bit 13 of Link Status.
before=$(sed -n 's/.*begin: nic 8086 link \([0-9a-f]*\).*/\1/p' "$WORK/guest.log" | head -n 1)
after=$(sed -n 's/.*pulled: nic ffff link \([0-9a-f]*\).*/\1/p' "$WORK/guest.log")
(((16#$before & 0x2000) != 0 && (16#$after & 0x2000) == 0)) || fail "the link: $before before, $after after"
echo 1 >/sys/bus/pci/rescan
sleep 1
assert_equal e1000e "$(driver_of "$card")" "the driver after a rescan"
