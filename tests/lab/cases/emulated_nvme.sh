#!/usr/bin/env bash
# Emulated NVMe disks beside a passed-through VF: fio verifies random writes over the whole of a file and of a block device past the
# page cache (two queues); serial number, read-only, discard, a size that grows while the guest runs; with shadow doorbells no
# return to user space while it reads at depth 32; INTx in place of MSI-X.
# lab: --devices nvme
# timeout: 500
MIB=4
source tests/lab/disks.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
expected=$(medium_sha)
make_disks
# shellcheck disable=SC2016 # for the guest
PROGRAMS=fio make_initrd "$WORK/initrd" '
disk() { basename $(ls -d $(dirname $(grep -l "^$1 *$" /sys/class/nvme/nvme*/serial))/nvme*n1); }
file=$(disk the-file)
if [ "$1" = intx ]; then
  echo "read: $(dd if=/dev/$file bs=64k count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
  grep nvme /proc/interrupts | sed "s/^/interrupts: /"
  poweroff -f
fi
device=$(disk the-device) small=$(disk the-small)
vf=$(cd /dev && ls nvme?n1 | grep -v "$file\|$device\|$small")
'"$(disk_checks)"'
echo "window: opens"
sleep 3
fio --name=read --eta=never --filename=/dev/$file --rw=randread --bs=4k --size='$MIB'm --ioengine=libaio --iodepth=32 --direct=1 --output=/tmp/fio || cat /tmp/fio
echo "window: closes"
sleep 3
echo "window: reads $(grep -o "issued rwts: total=[0-9]*" /tmp/fio | cut -d= -f2)"
'"$disk_growth"'
dmesg | grep -iE "nvme.*(warn|error|invalid|missing|timeout|fail|duplicate|reset)|I/O error|pci.*(error|fail|conflict)" | sed "s/^/guest: /"
poweroff -f
' nvme

write_guest "$WORK/nvme.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}
  - {root_port: rp1, device: {emulated: nvme, image: $WORK/disk.raw, serial: the-file}}
  - {root_port: rp2, device: {emulated: nvme, image: /dev/ram0, direct: true, queues: 2, serial: the-device}}
  - {root_port: rp3, device: {emulated: nvme, image: $WORK/small.raw, read_only: true, queues: 1, serial: the-small}}" cpus=2
"$VIREO" plan "$WORK/nvme.yaml" | tee "$WORK/plan"
assert_contains "$WORK/plan" "02:00.0 emulated nvme@rp1  <- $WORK/disk.raw ($MIB MiB)"
"$VIREO" run "$WORK/nvme.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
guest=$!
wait_for "$WORK/guest.log" "window: opens" 240
sleep 1
before=$(mmio_exits $guest)
wait_for "$WORK/guest.log" "window: closes" 120
after=$(mmio_exits $guest)
wait_for "$WORK/guest.log" "ready to grow" 30
truncate -s "$((2 * MIB))M" "$WORK/disk.raw"
wait $guest || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_disks 2 "0108: 1af4:10f0" "$expected"
reads=$(sed -n 's/^window: reads \([0-9]*\).*/\1/p' "$WORK/guest.log")
echo "returns to user space for MMIO: $((after - before)) for $reads reads; from its start to the window: $before"
((reads >= MIB * 256)) || fail "few reads: $reads"
((before > 100)) || fail "few MMIO before the window: is this the right counter?"
((after - before <= 2)) || fail "$((after - before)) returns for $reads reads"

head -c 4M /dev/urandom >"$WORK/intx.raw"
write_guest "$WORK/intx.yaml" "$WORK/initrd" \
  "  - {root_port: rp0, device: {emulated: nvme, image: $WORK/intx.raw, serial: the-file}}" cmdline="$CMDLINE pci=nomsi vireo.args=intx"
run_guest "$WORK/intx.yaml" || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "read: $(sha256sum <"$WORK/intx.raw" | cut -d' ' -f1)"
grep -qE "interrupts: .* [1-9][0-9]* .*IO-APIC" "$WORK/guest.log" || fail "no interrupts by the line"
