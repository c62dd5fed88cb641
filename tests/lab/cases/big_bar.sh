#!/usr/bin/env bash
# A 64 GiB BAR on a kernel that maps a device's memory by its largest pages (1 GiB; Linux 6.12 and later with
# CONFIG_TRANSPARENT_HUGEPAGE): the guest reaches each GiB of it at one fault of vireo's and next to no page tables.
# lab: --devices big-bar --kernel 6.12
# timeout: 300
source tests/lab/case.sh

device=$(lspci -Dd 1af4:1110 | cut -d' ' -f1)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
echo 1 >/sys/bus/pci/devices/0000:01:00.0/enable
start=$(sed -n 3p /sys/bus/pci/devices/0000:01:00.0/resource | cut -d" " -f1)
echo "bar: begin"
sleep 4
n=0
while [ $n -lt 64 ]; do devmem $((start + n * 0x40000000 + 0x1000)) 32 $n; n=$((n + 1)); done
n=0 good=0
while [ $n -lt 64 ]; do
  [ $(($(devmem $((start + n * 0x40000000 + 0x1000)) 32))) = $n ] && good=$((good + 1))
  n=$((n + 1))
done
echo "bar: $good words"
sleep 60
'
write_guest "$WORK/big.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $device}}"
"$VIREO" run "$WORK/big.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
pid=$!
faults() { cut -d' ' -f10 /proc/$pid/stat; }
# In KiB: vireo's own, and what KVM has for its guests.
page_tables() { awk '/^VmPTE:/ {sum += $2} /^SecPageTables:/ {sum += $2} END {print sum}' /proc/$pid/status /proc/meminfo; }
wait_for "$WORK/guest.log" "bar: begin" 80
sleep 1
before=$(faults) tables_before=$(page_tables)
wait_for "$WORK/guest.log" "bar: 64 words" 60
after=$(faults) tables_after=$(page_tables)
echo "faults: $((after - before)), page tables: $((tables_after - tables_before)) KiB more"
((after - before <= 64)) || fail "more than a fault a GiB"
((tables_after - tables_before <= 1024)) || fail "more than 1 MiB of page tables"
start=$(grep -E 'vfio' /proc/$pid/maps | head -n 1 | cut -d- -f1)
grep -E 'vfio' /proc/$pid/maps
[[ $((16#$start % (1 << 30))) == 0 ]] || fail "the BAR's mapping begins at 0x$start, not at a multiple of 1 GiB"
kill $pid
wait $pid || true
