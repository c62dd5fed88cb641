#!/usr/bin/env bash
# `msix_table: relocate`: the guest finds the table in a BAR that the device does not have, and its interrupts work.
# lab: --devices nvme
# timeout: 300
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
lspci -vv -s 01:00.0 | grep -E "Region|MSI-X|Vector table|PBA"
look() {
  echo "$1: $(dd if=/dev/nvme0n1 bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
  echo "$1: $(grep -c "nvme0q.*" /proc/interrupts) vectors, $(sed -n "s/^ *[0-9]*: *\([0-9]*\) .*nvme0q1.*/\1/p" /proc/interrupts) interrupts"
}
look first
echo 0000:01:00.0 >/sys/bus/pci/drivers/nvme/unbind
echo 0000:01:00.0 >/sys/bus/pci/drivers/nvme/bind
tries=0
while [ ! -e /dev/nvme0n1 ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
look again
poweroff -f
' nvme
write_guest "$WORK/relocated.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf, msix_table: relocate}}"
"$VIREO" plan "$WORK/relocated.yaml" | tee "$WORK/plan"
assert_contains "$WORK/plan" "BAR 2"
assert_contains "$WORK/plan" "MSI-X table, relocated"
sha=$(medium_sha)
run_guest "$WORK/relocated.yaml" || fail "exit code $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "Vector table: BAR=2 offset=00000000"
assert_contains "$WORK/guest.log" "PBA: BAR=2 offset=00000800"
assert_contains "$WORK/guest.log" "first: $sha"
assert_contains "$WORK/guest.log" "again: $sha"
for time in first again; do
  grep -qE "$time: [1-9][0-9]* vectors, [1-9][0-9]* interrupts" "$WORK/guest.log" || fail "$time: no interrupts"
done
