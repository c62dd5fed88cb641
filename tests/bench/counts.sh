#!/usr/bin/env bash
# Count what a guest's start costs: system calls before the first KVM_RUN, memory slots, DMA maps, resets, resident
# memory, threads. Counts do not depend on the machine's speed.
# usage: tests/lab/lab --devices nvme --cpus 1 -- bash tests/bench/counts.sh
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
make_initrd "$WORK/initrd" 'sleep 1; for i in 1 2 3; do dd if=/dev/nvme0n1 of=/dev/null bs=4k count=100 iflag=direct; done; sleep 4' nvme
write_guest "$WORK/bench.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}"

tracing=/sys/kernel/tracing
echo 'hist:keys=size' >$tracing/events/iommu/map/trigger
echo 'p:flr pcie_flr' >$tracing/kprobe_events && echo 'hist:keys=common_pid' >$tracing/events/kprobes/flr/trigger
"$VIREO" run --timings "$WORK/bench.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
wait_for "$WORK/guest.log" "records out"
pid=$(pgrep -f 'vireo run --timings')
# RAM is a shared mapping of a memfd: everything else that is resident is vireo's own.
resident=$(awk '/^[0-9a-f]+-/ {ram = /vireo-guest-ram/ || /vfio/} /^Rss:/ && !ram {sum += $2} END {print sum}' "/proc/$pid/smaps")
private=$(awk '/^[0-9a-f]+-/ {ram = /vireo-guest-ram/ || /vfio/} /^Private_Dirty:/ && !ram {sum += $2} END {print sum}' "/proc/$pid/smaps")
threads=$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)
wait
mapped=$(awk '/size:/ {for (i = 1; i <= NF; i++) {if ($i == "size:") size = $(i + 1); if ($i == "hitcount:") count = $(i + 1)} sum += size * count} END {printf "%d", sum / 1048576}' $tracing/events/iommu/map/hist)
resets=$(awk '/hitcount:/ {sum += $NF} END {print sum + 0}' $tracing/events/kprobes/flr/hist)
sed -n '/^phase/,/first instruction/p' "$WORK/guest.log"

strace -f -o "$WORK/trace" "$VIREO" run "$WORK/bench.yaml" </dev/null >/dev/null 2>&1 || fail "vireo under strace ended with $?"
before=$(awk '/KVM_RUN/ {exit} {count++} END {print count + 0}' "$WORK/trace")
echo "system calls before the first KVM_RUN: $before (at most 250)"
echo "KVM_SET_USER_MEMORY_REGION:            $(grep -c 'KVM_SET_USER_MEMORY_REGION' "$WORK/trace")"
echo "DMA maps (VFIO base+13):               $(grep -cE 'VFIO_IOMMU_MAP_DMA|VFIO_DEVICE_PCI_HOT_RESET' "$WORK/trace")"
echo "VFIO_DEVICE_SET_IRQS:                  $(grep -c 'VFIO_DEVICE_SET_IRQS' "$WORK/trace")"
echo "KVM_SET_GSI_ROUTING:                   $(grep -c 'KVM_SET_GSI_ROUTING\|0x6a, 0x8' "$WORK/trace")"
echo "mapped for DMA, MiB (guest RAM 512):   $mapped"
echo "function resets, open to close:        $resets"
echo "resident beyond guest RAM, KiB:        $resident (private dirty $private)"
echo "threads (1 vCPU):                      $threads"
echo "KVM_RUN returns to user space:         $(grep -cE 'KVM_RUN.*= ' "$WORK/trace")"
cp "$WORK/trace" "$VIREO_RESULTS/"
