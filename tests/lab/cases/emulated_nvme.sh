#!/usr/bin/env bash
# Emulated NVMe disks beside a passed-through VF: fio verifies random writes over the whole of a file and of a block device past the
# page cache (two queues); serial number, read-only, discard, a size that grows while the guest runs; with shadow doorbells no
# return to user space while it reads at depth 32; INTx in place of MSI-X.
# lab: --devices nvme
# timeout: 400
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
expected=$(medium_sha)
modprobe brd rd_nr=1 rd_size=4096
truncate -s 4M "$WORK/disk.raw"
truncate -s 1M "$WORK/small.raw"
printf 'vireo reads me' | dd of="$WORK/small.raw" conv=notrunc status=none
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
for name in $file $device $small; do
  echo "disk:" $(cat /sys/block/$name/device/serial) "sectors $(cat /sys/block/$name/size) ro $(cat /sys/block/$name/ro) queues $(ls /sys/block/$name/mq | wc -l)"
done
echo "class: $(lspci -n -s 02:00.0)"
check() {
  fio --name=check --eta=never --filename=/dev/$1 --rw=randwrite --bs=4k --size=1m --offset_increment=1m --numjobs=4 --ioengine=libaio \
      --iodepth=16 --direct=1 --verify=crc32c --verify_fatal=1 --group_reporting --output=/tmp/fio && echo "fio: verified a disk" ||
    { cat /tmp/fio; echo "fio: $1 FAILED"; }
}
check $file
check $device
echo "small: $(head -c 14 /dev/$small)"
echo bad | dd of=/dev/$small conv=fsync 2>&1 | grep -o "Operation not permitted\|Read-only file system\|Permission denied" | head -1 | sed "s/^/small: /"
before=$(dd if=/dev/$file bs=1M count=2 iflag=direct 2>/dev/null | tr -d "\000" | wc -c)
blkdiscard -o 0 -l 2097152 /dev/$file
echo "discard: before $([ $before -gt 1000000 ] && echo full) after $(dd if=/dev/$file bs=1M count=2 iflag=direct 2>/dev/null | tr -d "\000" | wc -c)"
echo "sha256: $(dd if=/dev/$vf bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
echo "window: opens"
sleep 3
fio --name=read --eta=never --filename=/dev/$file --rw=randread --bs=4k --size=4m --ioengine=libaio --iodepth=32 --direct=1 --output=/tmp/fio || cat /tmp/fio
echo "window: closes"
sleep 3
echo "window: reads $(grep -o "issued rwts: total=[0-9]*" /tmp/fio | cut -d= -f2)"
echo "ready to grow"
for i in $(seq 100); do [ $(cat /sys/block/$file/size) = 16384 ] && break; sleep 0.1; done
echo "grown: $(cat /sys/block/$file/size) $(dd if=/dev/$file bs=512 skip=16383 count=1 2>/dev/null | wc -c)"
dmesg | grep -iE "nvme.*(warn|error|invalid|missing|timeout|fail|duplicate|reset)|I/O error|pci.*(error|fail|conflict)" | sed "s/^/guest: /"
poweroff -f
' nvme

write_guest "$WORK/nvme.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}
  - {root_port: rp1, device: {emulated: nvme, image: $WORK/disk.raw, serial: the-file}}
  - {root_port: rp2, device: {emulated: nvme, image: /dev/ram0, direct: true, queues: 2, serial: the-device}}
  - {root_port: rp3, device: {emulated: nvme, image: $WORK/small.raw, read_only: true, queues: 1, serial: the-small}}" cpus=2
"$VIREO" plan "$WORK/nvme.yaml" | tee "$WORK/plan"
assert_contains "$WORK/plan" "02:00.0 emulated nvme@rp1  <- $WORK/disk.raw (4 MiB)"
"$VIREO" run "$WORK/nvme.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
guest=$!
wait_for "$WORK/guest.log" "window: opens" 150
sleep 1
before=$(mmio_exits $guest)
wait_for "$WORK/guest.log" "window: closes" 120
after=$(mmio_exits $guest)
wait_for "$WORK/guest.log" "ready to grow" 30
truncate -s 8M "$WORK/disk.raw"
wait $guest || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "disk: the-file sectors 8192 ro 0 queues 2"
assert_contains "$WORK/guest.log" "disk: the-device sectors 8192 ro 0 queues 2"
assert_contains "$WORK/guest.log" "disk: the-small sectors 2048 ro 1 queues 1"
assert_contains "$WORK/guest.log" "class: 02:00.0 0108: 1af4:10f0 (rev 01)"
assert_equal 2 "$(grep -c "^fio: verified" "$WORK/guest.log")" "disks that fio verified"
assert_contains "$WORK/guest.log" "small: vireo reads me"
assert_equal "vireo reads me" "$(head -c 14 "$WORK/small.raw")" "a read-only image"
assert_contains "$WORK/guest.log" "discard: before full after 0"
assert_contains "$WORK/guest.log" "sha256: $expected"
assert_contains "$WORK/guest.log" "grown: 16384 512"
assert_not_contains "$WORK/guest.log" "guest: "
reads=$(sed -n 's/^window: reads \([0-9]*\).*/\1/p' "$WORK/guest.log")
echo "returns to user space for MMIO: $((after - before)) for $reads reads; from its start to the window: $before"
((reads >= 1024)) || fail "few reads: $reads"
((before > 100)) || fail "few MMIO before the window: is this the right counter?"
((after - before <= 2)) || fail "$((after - before)) returns for $reads reads"

head -c 4M /dev/urandom >"$WORK/intx.raw"
write_guest "$WORK/intx.yaml" "$WORK/initrd" \
  "  - {root_port: rp0, device: {emulated: nvme, image: $WORK/intx.raw, serial: the-file}}" cmdline="console=ttyS0 quiet pci=nomsi vireo.args=intx"
run_guest "$WORK/intx.yaml" || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "read: $(sha256sum <"$WORK/intx.raw" | cut -d' ' -f1)"
grep -qE "interrupts: .* [1-9][0-9]* .*IO-APIC" "$WORK/guest.log" || fail "no interrupts by the line"
