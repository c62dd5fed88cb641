#!/usr/bin/env bash
# `on_error: detach`: the host takes devices out of a running guest: one that the guest's driver lets go of in good order, one
# that is pulled because the time for that is over, one while the guest reboots. The guest goes on without them.
# lab: --devices nvme,e1000e,e1000e2
# timeout: 360
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
mapfile -t cards < <(for net in /sys/class/net/eth*; do basename "$(readlink -f "$net/device")"; done | sort)
assert_equal 2 "${#cards[@]}" "network cards"
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
look() {
  echo "$1: nics $(setpci -s 02:00.0 VENDOR_ID 2>/dev/null) $(setpci -s 03:00.0 VENDOR_ID 2>/dev/null)"
  echo "$1: links $(setpci -s 00:02.0 CAP_EXP+12.w) $(setpci -s 00:03.0 CAP_EXP+12.w)"
  echo "$1: disk $(dd if=/dev/nvme0n1 bs=1M count=8 iflag=direct 2>/dev/null | sha256sum | cut -c1-16)"
}
# gone FUNCTION: from the bus, as far as the kernel is concerned.
gone() {
  tries=0
  while [ -e "/sys/bus/pci/devices/0000:$1" ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
}
[ -e /dev/nvme0n1 ] || { echo "the end: without a disk"; poweroff -f; }
if [ "$(setpci -s 02:00.0 VENDOR_ID 2>/dev/null)" != 8086 ]; then
  look rebooted
  echo "job: take the disk"
  sleep 3
  reboot -f
fi
look begin
echo "job: take the first"
gone 02:00.0
look first
echo "job: pull the second"
gone 03:00.0
look second
dmesg | grep -E "pciehp|e1000e" | sed "s/^/guest: /"
reboot -f
' nvme e1000e
write_guest "$WORK/detach.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf, on_error: detach}}
  - {root_port: rp1, device: {vfio: ${cards[0]}, on_error: detach}}
  - {root_port: rp2, device: {vfio: ${cards[1]}, on_error: detach, removal_timeout: 2}}"
disk=$(dd if=/dev/nvme0n1 bs=1M count=8 iflag=direct 2>/dev/null | sha256sum | cut -c1-16)

timeout 320 "$VIREO" run "$WORK/detach.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
pid=$!
wait_for "$WORK/guest.log" "job: take the first" 80
timeout 60 bash -c "echo 1 >/sys/bus/pci/devices/${cards[0]}/remove" || fail "the host waits for its first device"
wait_for "$WORK/guest.log" "job: pull the second" 40
timeout 20 bash -c "echo 1 >/sys/bus/pci/devices/${cards[1]}/remove" || fail "the host waits for its second device"
# The guest reboots within the five seconds that pciehp waits.
wait_for "$WORK/guest.log" "job: take the disk" 60
timeout 60 bash -c "echo $vf >/sys/bus/pci/drivers/vfio-pci/unbind" || fail "the host waits for its disk"
for card in "${cards[@]}"; do [[ ! -e /sys/bus/pci/devices/$card ]] || fail "$card is still there"; done
status=0
wait $pid || status=$?
cat "$WORK/guest.log"
assert_equal 0 $status "exit code"
assert_contains "$WORK/guest.log" "begin: nics 8086 8086"
assert_contains "$WORK/guest.log" "begin: disk $disk"
# In order: the guest's driver went first, then the slot's power.
assert_contains "$WORK/guest.log" "${cards[0]}] the guest let go of it"
assert_contains "$WORK/guest.log" "Slot(2): Attention button pressed"
assert_contains "$WORK/guest.log" "first: nics  8086"
assert_contains "$WORK/guest.log" "first: disk $disk" "the other device's bytes"
# Not so: pciehp itself waits five seconds.
assert_contains "$WORK/guest.log" "${cards[1]}] the guest did not let go of it within 2 s: it is pulled"
assert_contains "$WORK/guest.log" "Slot(3): Link Down"
assert_contains "$WORK/guest.log" "second: disk $disk" "the other device's bytes"
assert_contains "$WORK/guest.log" "rebooted: disk $disk" "the other device's bytes after a reboot"
assert_contains "$WORK/guest.log" "the end: without a disk"
assert_equal none "$(driver_of "$vf")" "the VF's driver"
# Data Link Layer Link Active, bit 13 of Link Status, of the first card's port.
before=$(sed -n 's/.*begin: links \([0-9a-f]*\) .*/\1/p' "$WORK/guest.log" | head -n 1)
after=$(sed -n 's/.*first: links \([0-9a-f]*\) .*/\1/p' "$WORK/guest.log")
(((16#$before & 0x2000) != 0 && (16#$after & 0x2000) == 0)) || fail "the link: $before before, $after after"
echo 1 >/sys/bus/pci/rescan
sleep 1
for card in "${cards[@]}"; do assert_equal e1000e "$(driver_of "$card")" "the driver after a rescan"; done
