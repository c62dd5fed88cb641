# shellcheck shell=bash
# For the cases of emulated disks beside a passed-through VF: one on a file, one on a block device of the host's, one that is read-only.
# MIB is how large the first two are.
source tests/lab/case.sh

# make_disks: disk.raw, /dev/ram0 and small.raw.
make_disks() {
  modprobe brd rd_nr=1 rd_size=$((MIB * 1024))
  truncate -s "${MIB}M" "$WORK/disk.raw"
  truncate -s 1M "$WORK/small.raw"
  printf 'vireo reads me' | dd of="$WORK/small.raw" conv=notrunc status=none
}

# disk_checks: what a guest does with $file, $device and $small, and with the VF's $vf.
disk_checks() {
  echo "mib=$MIB"
  # shellcheck disable=SC2016 # for the guest
  printf '%s\n' '
for name in $file $device $small; do
  echo "disk:" $(cat /sys/block/$name/serial /sys/block/$name/device/serial 2>/dev/null) "sectors $(cat /sys/block/$name/size) ro $(cat /sys/block/$name/ro) queues $(ls /sys/block/$name/mq | wc -l)"
done
echo "class: $(lspci -n -s 02:00.0)"
check() {
  fio --name=check --eta=never --filename=/dev/$1 --rw=randwrite --bs=4k --size=$((mib / 4))m --offset_increment=$((mib / 4))m --numjobs=4 --ioengine=libaio \
      --iodepth=16 --direct=1 --verify=crc32c --verify_fatal=1 --group_reporting --output=/tmp/fio && echo "fio: verified a disk" ||
    { cat /tmp/fio; echo "fio: $1 FAILED"; }
}
check $file
check $device
echo "small: $(head -c 14 /dev/$small)"
echo bad | dd of=/dev/$small conv=fsync 2>&1 | grep -o "Operation not permitted\|Read-only file system\|Permission denied" | head -1 | sed "s/^/small: /"
written() { dd if=/dev/$file bs=1M count=$((mib / 2)) iflag=direct 2>/dev/null | tr -d "\000" | wc -c; }
before=$(written)
blkdiscard -o 0 -l $((mib / 2 * 1048576)) /dev/$file
echo "discard: before $([ $before -gt $((mib * 250000)) ] && echo full) after $(written)"
echo "sha256: $(dd if=/dev/$vf bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"'
}

# Where the guest waits for the file to be twice as large.
# shellcheck disable=SC2016,SC2034 # for the guest, and for the cases
disk_growth='
echo "ready to grow"
twice=$((mib * 4096))
for i in $(seq 100); do [ $(cat /sys/block/$file/size) = $twice ] && break; sleep 0.1; done
echo "grown: $(cat /sys/block/$file/size) $(dd if=/dev/$file bs=512 skip=$((twice - 1)) count=1 2>/dev/null | wc -c)"'

# assert_disks QUEUES CLASS SHA: what the guest said. QUEUES: of the file's.
assert_disks() {
  local sectors=$((MIB * 2048))
  assert_contains "$WORK/guest.log" "disk: the-file sectors $sectors ro 0 queues $1"
  assert_contains "$WORK/guest.log" "disk: the-device sectors $sectors ro 0 queues 2"
  assert_contains "$WORK/guest.log" "disk: the-small sectors 2048 ro 1 queues 1"
  assert_contains "$WORK/guest.log" "class: 02:00.0 $2 (rev 01)"
  assert_equal 2 "$(grep -c "^fio: verified" "$WORK/guest.log")" "disks that fio verified"
  assert_contains "$WORK/guest.log" "small: vireo reads me"
  assert_equal "vireo reads me" "$(head -c 14 "$WORK/small.raw")" "a read-only image"
  assert_contains "$WORK/guest.log" "discard: before full after 0"
  assert_contains "$WORK/guest.log" "sha256: $3"
  assert_contains "$WORK/guest.log" "grown: $((2 * sectors)) 512"
  assert_not_contains "$WORK/guest.log" "guest: "
  (($(du -k "$WORK/disk.raw" | cut -f1) < MIB * 750)) || fail "what was discarded still takes the host's space"
}
