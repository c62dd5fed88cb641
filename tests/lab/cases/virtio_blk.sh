#!/usr/bin/env bash
# Emulated disks beside a passed-through VF: fio verifies random writes over the whole of a file (split ring) and of a block device
# past the page cache (packed ring, two queues); serial number, read-only, discard, a size that grows while the guest runs.
# lab: --devices nvme
# timeout: 300
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
expected=$(medium_sha)
modprobe brd rd_nr=1 rd_size=16384
truncate -s 16M "$WORK/disk.raw"
truncate -s 1M "$WORK/small.raw"
printf 'vireo reads me' | dd of="$WORK/small.raw" conv=notrunc status=none
# shellcheck disable=SC2016 # for the guest
PROGRAMS=fio make_initrd "$WORK/initrd" '
disk() { basename $(dirname $(grep -l "^$1$" /sys/block/vd*/serial)); }
file=$(disk the-file) device=$(disk the-device) small=$(disk the-small)
for name in $file $device $small; do
  echo "disk: $(cat /sys/block/$name/serial) sectors $(cat /sys/block/$name/size) ro $(cat /sys/block/$name/ro) queues $(ls /sys/block/$name/mq | wc -l)"
done
echo "class: $(lspci -n -s 02:00.0)"
check() {
  fio --name=check --eta=never --filename=/dev/$1 --rw=randwrite --bs=4k --size=4m --offset_increment=4m --numjobs=4 --ioengine=libaio \
      --iodepth=16 --direct=1 --verify=crc32c --verify_fatal=1 --group_reporting --output=/tmp/fio && echo "fio: $1 verified" ||
    { cat /tmp/fio; echo "fio: $1 FAILED"; }
}
check $file
check $device
echo "small: $(head -c 14 /dev/$small)"
echo bad | dd of=/dev/$small conv=fsync 2>&1 | grep -o "Operation not permitted\|Read-only file system\|Permission denied" | head -1 | sed "s/^/small: /"
before=$(dd if=/dev/$file bs=1M count=8 iflag=direct 2>/dev/null | tr -d "\000" | wc -c)
blkdiscard -o 0 -l 8388608 /dev/$file
echo "discard: before $([ $before -gt 4000000 ] && echo full) after $(dd if=/dev/$file bs=1M count=8 iflag=direct 2>/dev/null | tr -d "\000" | wc -c)"
echo "sha256: $(dd if=/dev/nvme0n1 bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
echo "ready to grow"
for i in $(seq 100); do [ $(cat /sys/block/$file/size) = 65536 ] && break; sleep 0.1; done
echo "grown: $(cat /sys/block/$file/size) $(dd if=/dev/$file bs=512 skip=65535 count=1 2>/dev/null | wc -c)"
dmesg | grep -iE "virtio|vd[a-c]:.*error|I/O error|pci.*(error|fail|conflict)" | sed "s/^/guest: /"
poweroff -f
' nvme virtio_pci virtio_blk
write_guest "$WORK/blk.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}
  - {root_port: rp1, device: {virtio: block, image: $WORK/disk.raw, serial: the-file, ring: split}}
  - {root_port: rp2, device: {virtio: block, image: /dev/ram0, direct: true, queues: 2, serial: the-device}}
  - {root_port: rp3, device: {virtio: block, image: $WORK/small.raw, read_only: true, serial: the-small}}" cpus=2
"$VIREO" plan "$WORK/blk.yaml" | tee "$WORK/plan"
assert_contains "$WORK/plan" "02:00.0 virtio block@rp1  <- $WORK/disk.raw (16 MiB)"
run_guest "$WORK/blk.yaml" &
guest=$!
wait_for "$WORK/guest.log" "ready to grow" 150
truncate -s 32M "$WORK/disk.raw"
wait $guest || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "disk: the-file sectors 32768 ro 0 queues 1"
assert_contains "$WORK/guest.log" "disk: the-device sectors 32768 ro 0 queues 2"
assert_contains "$WORK/guest.log" "disk: the-small sectors 2048 ro 1 queues 1"
assert_contains "$WORK/guest.log" "class: 02:00.0 0100: 1af4:1042 (rev 01)"
assert_equal 2 "$(grep -c "^fio: vd. verified" "$WORK/guest.log")" "disks that fio verified"
assert_contains "$WORK/guest.log" "small: vireo reads me"
assert_equal "vireo reads me" "$(head -c 14 "$WORK/small.raw")" "a read-only image"
assert_contains "$WORK/guest.log" "discard: before full after 0"
assert_contains "$WORK/guest.log" "sha256: $expected"
assert_contains "$WORK/guest.log" "grown: 65536 512"
assert_not_contains "$WORK/guest.log" "error"
[[ $(du -k "$WORK/disk.raw" | cut -f1) -lt 12000 ]] || fail "what was discarded still takes the host's space"
