#!/usr/bin/env bash
# An emulated virtio device beside a passed-through VF: the guest's own drivers for both; random numbers by a packed ring and by a
# split one, again after the driver was bound anew and after a reboot.
# lab: --devices nvme
# timeout: 400
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
expected=$(medium_sha)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
device=$(basename $(readlink /sys/bus/virtio/devices/virtio0))
use() {
  bytes=$(dd if=/dev/hwrng bs=64 count=16 iflag=fullblock 2>/dev/null | sha256sum | cut -c1-16)
  echo "$1: hash $bytes length $(dd if=/dev/hwrng bs=64 count=16 iflag=fullblock 2>/dev/null | wc -c)"
  echo "$1: interrupts $(grep virtio0 /proc/interrupts | awk "{sum += \$2} END {print sum}")"
}
echo "rng: $(cat /sys/class/misc/hw_random/rng_current)"
echo "class: $(lspci -n -s 02:00.0)"
features=$(cat /sys/bus/virtio/devices/virtio0/features)
echo "packed: $(echo $features | cut -c35) indirect: $(echo $features | cut -c29) events: $(echo $features | cut -c30)"
use first
echo virtio0 >/sys/bus/virtio/drivers/virtio_rng/unbind
echo virtio0 >/sys/bus/virtio/drivers/virtio_rng/bind
use again
echo "sha256: $(dd if=/dev/nvme0n1 bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
dmesg | grep -iE "virtio|pci.*(error|fail|conflict)" | sed "s/^/guest: /"
count=$(($(dd if=/dev/nvme0n1 bs=512 skip=400000 count=1 iflag=direct 2>/dev/null | tr -d "\000") + 1))
echo "$count" | dd bs=512 conv=sync 2>/dev/null | dd of=/dev/nvme0n1 bs=512 seek=400000 oflag=direct conv=notrunc 2>/dev/null
[ $count -lt 2 ] && reboot -f
poweroff -f
' nvme virtio_pci virtio-rng
write_guest "$WORK/rng.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}
  - {root_port: rp1, device: {virtio: rng}}"
"$VIREO" plan "$WORK/rng.yaml" | tee "$WORK/plan"
assert_contains "$WORK/plan" "02:00.0 virtio rng@rp1"
run_guest "$WORK/rng.yaml" || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_equal 2 "$(grep -c "packed: 1 indirect: 1 events: 1" "$WORK/guest.log")" "guests with packed rings"
assert_contains "$WORK/guest.log" "class: 02:00.0 00ff: 1af4:1044 (rev 01)"
assert_equal 2 "$(grep -c "rng: virtio_rng" "$WORK/guest.log")" "guests with a source of random numbers"
assert_equal 4 "$(grep -c "length 1024" "$WORK/guest.log")" "reads of it"
assert_equal 4 "$(sed -n 's/.*: hash \([0-9a-f]*\) .*/\1/p' "$WORK/guest.log" | sort -u | wc -l)" "different hashes"
assert_equal 4 "$(grep -cE ": interrupts [1-9]" "$WORK/guest.log")" "times that interrupts counted"
assert_equal 2 "$(grep -c "sha256: $expected" "$WORK/guest.log")" "how often the VF gave the medium's bytes"
assert_not_contains "$WORK/guest.log" "needs reset"

sed -i 's/virtio: rng/virtio: rng, ring: split/' "$WORK/rng.yaml"
run_guest "$WORK/rng.yaml" || fail "vireo ended with $?"
assert_contains "$WORK/guest.log" "packed: 0 indirect: 1 events: 1"
assert_equal 2 "$(grep -c "length 1024" "$WORK/guest.log")" "reads by a split ring"
assert_equal 2 "$(grep -cE ": interrupts [1-9]" "$WORK/guest.log")" "times that interrupts counted by a split ring"
