#!/usr/bin/env bash
# An emulated disk when things go wrong: SIGKILL of vireo loses nothing that was acknowledged after a flush, by virtio and by NVMe; a
# full host is an I/O error or a wait, as the file says; an image that another guest has is refused with its holder; INTx in place
# of MSI-X.
# lab: --devices nvme
# timeout: 400
source tests/lab/case.sh

# disk_of NAME IMAGE MORE_KEYS [KEY=VALUE...]: $kind is what the disk is.
kind="virtio: block"
disk_of() { write_guest "$WORK/$1.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {$kind, image: $2${3:+, $3}}}" "${@:4}"; }

# The guest writes numbers, each flushed, and says on its console which it knows to be safe.
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
case $1 in
  count)
    n=0
    while :; do
      n=$((n + 1))
      printf "%-512s" "round $2 number $n" | dd of=/dev/$3 bs=512 seek=$((n % 2000)) conv=notrunc,fsync 2>/dev/null && echo "safe $n"
    done ;;
  full)
    dd if=/dev/zero of=/dev/vda bs=64k count=256 oflag=direct 2>/tmp/err && echo "dd: done" || echo "dd: $(grep -o "Input/output error\|No space left on device" /tmp/err)"
    dmesg | grep -o "I/O error, dev vda\|critical space allocation error, dev vda" | sort -u | sed "s/^/guest: /"
    echo "alive: $(head -c 512 /dev/vda | wc -c)" ;;
  intx)
    echo "read: $(dd if=/dev/vda bs=64k count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
    grep virtio /proc/interrupts | sed "s/^/interrupts: /" ;;
esac
poweroff -f
' virtio_pci virtio_blk nvme

truncate -s 4M "$WORK/disk.raw"
# What a flush is to the host: IORING_OP_FSYNC, 3 in linux/io_uring.h.
flushes=/sys/kernel/tracing/events/io_uring/io_uring_submit_sqe
echo "hist:keys=opcode" >$flushes/trigger
all=0
for round in 1 2; do
  name=vda
  ((round == 2)) && kind="emulated: nvme" name=nvme0n1
  disk_of count "$WORK/disk.raw" "" cmdline="$CMDLINE vireo.args=count,$round,$name"
  rm -f "$WORK/guest.log"
  "$VIREO" run "$WORK/count.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
  vireo=$!
  wait_for "$WORK/guest.log" "safe $((round * 15))" 90
  # Another guest wants the same disk meanwhile.
  if "$VIREO" run "$WORK/count.yaml" </dev/null >"$WORK/second.log" 2>&1; then fail "two guests have one disk"; fi
  assert_contains "$WORK/second.log" "another guest uses it: process $vireo (vireo)"
  kill -9 $vireo
  wait $vireo || true
  last=$(grep -o '^safe [0-9]*' "$WORK/guest.log" | tail -1 | cut -d' ' -f2)
  echo "round $round: killed after $last writes were safe"
  all=$((all + last))
  for ((n = last > 2000 ? last - 1999 : 1; n <= last; n++)); do
    assert_equal "round $round number $n" "$(dd if="$WORK/disk.raw" bs=512 skip=$((n % 2000)) count=1 status=none | sed 's/ *$//')" "an acknowledged write"
  done
done

kind="virtio: block"
flushed=$(awk '/opcode: +3 / {print $NF}' $flushes/hist)
echo "$all writes were safe after ${flushed:-0} flushes of the image"
((${flushed:-0} >= all)) || fail "the guest's flushes do not reach the image"

mkdir "$WORK/small"
mount -t tmpfs -o size=8M none "$WORK/small"
truncate -s 32M "$WORK/small/disk.raw"
disk_of report "$WORK/small/disk.raw" "" cmdline="$CMDLINE vireo.args=full"
run_guest "$WORK/report.yaml" || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "ENOSPC"
assert_contains "$WORK/guest.log" "the guest is told"
assert_contains "$WORK/guest.log" "guest: I/O error, dev vda"
assert_contains "$WORK/guest.log" "alive: 512"
assert_not_contains "$WORK/guest.log" "dd: done"

disk_of wait "$WORK/small/disk.raw" "on_error: wait" cmdline="$CMDLINE vireo.args=full"
run_guest "$WORK/wait.yaml" &
guest=$!
wait_for "$WORK/guest.log" "it waits, and is tried again each second" 60
mount -o remount,size=64M "$WORK/small"
wait $guest || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "dd: done"
assert_not_contains "$WORK/guest.log" "I/O error"

head -c 4M /dev/urandom >"$WORK/intx.raw"
disk_of intx "$WORK/intx.raw" "" cmdline="$CMDLINE pci=nomsi vireo.args=intx"
run_guest "$WORK/intx.yaml" || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "read: $(sha256sum <"$WORK/intx.raw" | cut -d' ' -f1)"
grep -qE "interrupts: .* [1-9][0-9]* .*IO-APIC" "$WORK/guest.log" || fail "no interrupts by the line"
