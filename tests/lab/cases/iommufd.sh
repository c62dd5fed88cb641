#!/usr/bin/env bash
# The main job by iommufd: a VF and a NIC, one file each, in one I/O address space; the guest reboots and reads again.
# Debian's kernels have no iommufd: VIREO_LAB_KERNEL names one that has.
# lab: --devices nvme,e1000e
# timeout: 300
source tests/lab/case.sh

[[ -e /dev/iommu ]] || skip "the emulated host's kernel has no iommufd; set VIREO_LAB_KERNEL to one that has"
mapfile -t vfs < <(tests/lab/nvme-vf "$(nvme_pf)" 1)
card=$(nic)
expected=$(medium_sha)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
sleep 1
echo "sha256: $(dd if=/dev/nvme0n1 bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0
for second in 1 2 3 4 5 6 7 8 9 10; do [ "$(cat /sys/class/net/eth0/carrier)" = 1 ] && break; sleep 1; done
ping -c 3 -w 10 10.0.2.2 | tail -2
count=$(($(dd if=/dev/nvme0n1 bs=512 skip=400000 count=1 iflag=direct 2>/dev/null | tr -d "\000") + 1))
echo "start $count"
echo "$count" | dd bs=512 conv=sync 2>/dev/null | dd of=/dev/nvme0n1 bs=512 seek=400000 oflag=direct conv=notrunc 2>/dev/null
[ $count -lt 2 ] && reboot -f
' nvme e1000e
write_guest "$WORK/fd.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: ${vfs[0]}}}
  - {root_port: rp1, device: {vfio: $card}}" iommu=iommufd
"$VIREO" plan "$WORK/fd.yaml" >"$WORK/plan" || fail "plan ended with $?"
assert_contains "$WORK/plan" "by iommufd"
# How many vectors of the host's the NIC has meanwhile: it offers five, a guest with one CPU unmasks three.
while sleep 0.3; do grep -c "vfio-msix.*$card" /proc/interrupts || true; done >"$WORK/vectors" &
watcher=$!
run_guest "$WORK/fd.yaml" || fail "vireo ended with $?"
kill "$watcher"
assert_equal 3 "$(sort -n "$WORK/vectors" | tail -n 1)" "the host's vectors for the NIC"
cp "$WORK/guest.log" "$VIREO_RESULTS/"
assert_equal 2 "$(grep -c "sha256: $expected" "$WORK/guest.log")" "how often the medium's bytes were read"
assert_equal 2 "$(grep -cE '3 packets transmitted, [1-3] packets received' "$WORK/guest.log")" "how often the NIC answered"
assert_contains "$WORK/guest.log" "start 2"
assert_equal e1000e "$(driver_of "$card")" "the NIC's driver afterwards"
# The group's other way is still there: the same file by type1.
sed -i 's/iommufd/type1/' "$WORK/fd.yaml"
run_guest "$WORK/fd.yaml" || fail "vireo ended with $? by type1"
assert_contains "$WORK/guest.log" "start 3"
