#!/usr/bin/env bash
# Emulated disks beside a passed-through VF: fio verifies random writes over the whole of a file (split ring) and of a block device
# past the page cache (packed ring, two queues); serial number, read-only, discard, a size that grows while the guest runs.
# lab: --devices nvme
# timeout: 500
# On a slow day fio takes a minute a disk.
MIB=4 LIMIT=250
source tests/lab/disks.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
expected=$(medium_sha)
make_disks
# shellcheck disable=SC2016 # for the guest
PROGRAMS=fio make_initrd "$WORK/initrd" '
disk() { basename $(dirname $(grep -l "^$1$" /sys/block/vd*/serial)); }
file=$(disk the-file) device=$(disk the-device) small=$(disk the-small)
vf=nvme0n1
'"$(disk_checks)$disk_growth"'
dmesg | grep -iE "(virtio|vd[a-c]).*(warn|error|invalid|missing|timeout|fail|broken|reset)|I/O error|pci.*(error|fail|conflict)" | sed "s/^/guest: /"
poweroff -f
' nvme virtio_pci virtio_blk
write_guest "$WORK/blk.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}
  - {root_port: rp1, device: {virtio: block, image: $WORK/disk.raw, serial: the-file, ring: split}}
  - {root_port: rp2, device: {virtio: block, image: /dev/ram0, direct: true, queues: 2, serial: the-device}}
  - {root_port: rp3, device: {virtio: block, image: $WORK/small.raw, read_only: true, serial: the-small}}" cpus=2
"$VIREO" plan "$WORK/blk.yaml" | tee "$WORK/plan"
assert_contains "$WORK/plan" "02:00.0 virtio block@rp1  <- $WORK/disk.raw ($MIB MiB)"
run_guest "$WORK/blk.yaml" &
guest=$!
wait_for "$WORK/guest.log" "ready to grow" 240
truncate -s "$((2 * MIB))M" "$WORK/disk.raw"
wait $guest || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_disks 1 "0100: 1af4:1042" "$expected"
assert_not_contains "$WORK/guest.log" "error"
