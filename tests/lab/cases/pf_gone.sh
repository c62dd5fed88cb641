#!/usr/bin/env bash
# What a VF hangs on goes away under a guest: its PF's driver, then the VF itself. The guest goes on, and the host has all back.
# lab: --devices nvme
# timeout: 300
source tests/lab/case.sh

pf=$(nvme_pf)
vf=$(tests/lab/nvme-vf "$pf" 1)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
read_disk() { dd if=/dev/nvme0n1 bs=1M count=1 iflag=direct >/dev/null 2>&1 && echo "$1: reads" || echo "$1: an error"; }
read_disk first
echo "job: unbind the PF"
tries=0
while [ -e /sys/bus/pci/devices/0000:01:00.0 ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
echo "gone after all: $([ -e /sys/bus/pci/devices/0000:01:00.0 ] && echo no || echo yes)"
poweroff -f
' nvme
write_guest "$WORK/vf.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf, on_error: detach}}"
timeout 180 "$VIREO" run "$WORK/vf.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
pid=$!
wait_for "$WORK/guest.log" "job: unbind the PF" 80
echo "$pf" >/sys/bus/pci/drivers/nvme/unbind
sleep 2
kill -0 $pid || fail "the guest ended with its PF's driver"
echo "$pf" >/sys/bus/pci/drivers/nvme/bind
timeout 100 bash -c "echo 0 >/sys/bus/pci/devices/$pf/sriov_numvfs" || fail "the host waits for its VF"
[[ ! -e /sys/bus/pci/devices/$vf ]] || fail "the VF is still there"
status=0
wait $pid || status=$?
cat "$WORK/guest.log"
assert_equal 0 $status "exit code"
assert_contains "$WORK/guest.log" "first: reads"
assert_contains "$WORK/guest.log" "gone after all: yes"
[[ -z $(ls /run/vireo/claims 2>/dev/null) ]] || fail "a journal is left"
assert_equal nvme "$(driver_of "$pf")" "the PF's driver"
dd if=/dev/nvme0n1 bs=1M count=1 iflag=direct of=/dev/null 2>/dev/null || fail "the PF's disk cannot be read"
