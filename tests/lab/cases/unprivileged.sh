#!/usr/bin/env bash
# An ordinary user who was given a device on vfio-pci runs a guest with it: with too small a limit of locked memory he
# gets the number to set, with a hard limit that is large enough vireo raises the soft one.
# lab: --devices nvme
# timeout: 300
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
echo vfio-pci >"/sys/bus/pci/devices/$vf/driver_override" && echo "$vf" >/sys/bus/pci/drivers_probe
make_initrd "$WORK/initrd" "$(<tests/lab/evidence.sh)" nvme
# What root's folders hide from others.
cp "$VIREO" "$WORK/vireo" && cp "$VIREO_GUEST_KERNEL" "$WORK/kernel" && chmod -R a+rX "$WORK"
VIREO_GUEST_KERNEL=$WORK/kernel write_guest "$WORK/guest.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}"
chown nobody /dev/kvm "/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$vf/iommu_group")")"
# as_nobody SOFT HARD COMMAND...: limits of locked memory in KiB.
as_nobody() {
  (ulimit -S -l "$1" && ulimit -H -l "$2" && shift 2 &&
    exec setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all --bounding-set=-all "$@")
}

status=0
as_nobody 65536 65536 "$WORK/vireo" run "$WORK/guest.yaml" </dev/null >"$WORK/out" 2>&1 || status=$?
assert_equal 4 "$status" "exit code with 64 MiB of locked memory"
assert_contains "$WORK/out" "guest.yaml:3:9: error: the guest's 512 MiB must be locked for DMA, the limit is 65536 KiB"
assert_contains "$WORK/out" "ulimit -l 524288"

as_nobody 65536 600000 timeout 150 "$WORK/vireo" run "$WORK/guest.yaml" </dev/null >"$WORK/guest.log" 2>&1 ||
  fail "vireo as nobody ended with $?"
assert_contains "$WORK/guest.log" "sha256: $(medium_sha)"
assert_equal vfio-pci "$(driver_of "$vf")" "the driver that the device had"

# The group's file may be root's only, where root opens it for the user; also over the guest's reboot.
group=/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$vf/iommu_group")")
chown root "$group"
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/once" 'ls /sys/block/nvme0n1/size; reboot -f' nvme
VIREO_GUEST_KERNEL=$WORK/kernel write_guest "$WORK/given.yaml" "$WORK/once" "  - {root_port: rp0, device: {vfio: $vf, fd: 9}}"
chmod -R a+rX "$WORK"
status=0
as_nobody 65536 600000 "$WORK/vireo" run "$WORK/given.yaml" </dev/null >"$WORK/out" 2>&1 || status=$?
assert_equal 5 "$status" "exit code without the file"
assert_contains "$WORK/out" "fd 9 is not open"
status=0
as_nobody 65536 600000 "$WORK/vireo" run "$WORK/given.yaml" </dev/null >"$WORK/out" 2>&1 9<>/dev/null || status=$?
assert_equal 5 "$status" "exit code with another file"
assert_contains "$WORK/out" "fd 9 is not $vf's file: it is device 1:3, not "
as_nobody 65536 600000 "$WORK/vireo" run "$WORK/given.yaml" </dev/null >"$WORK/guest.log" 2>&1 9<>"$group" &
pid=$!
for ((second = 0; second < 90; second++)); do
  (($(grep -c "nvme0n1/size" "$WORK/guest.log") < 2)) || break
  sleep 1
done
kill $pid
wait $pid || true
(($(grep -c "nvme0n1/size" "$WORK/guest.log") >= 2)) || fail "the guest did not find its disk twice"
