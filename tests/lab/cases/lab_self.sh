#!/usr/bin/env bash
# The emulated host itself: groups, KVM, SR-IOV, and that the caller's files are safe.
# lab: --devices nvme,e1000e
# timeout: 120
source tests/lab/case.sh

[[ -c /dev/kvm ]] || fail "no /dev/kvm"
[[ -c /dev/vfio/vfio ]] || fail "no /dev/vfio/vfio"
[[ -e /sys/bus/pci/devices/$(nvme_pf)/iommu_group ]] || fail "the NVMe controller has no IOMMU group"
mapfile -t vfs < <(tests/lab/nvme-vf "$(nvme_pf)" 2)
assert_equal 2 "${#vfs[@]}" "VFs"
assert_equal "${vfs[*]}" "$(tests/lab/nvme-vf "$(nvme_pf)" 2 | tr '\n' ' ' | sed 's/ $//')" "a second run changes nothing"
assert_equal none "$(driver_of "${vfs[0]}")" "the VF's driver"
echo changed >README.md
[[ $(stat -f -c %T /) == overlayfs ]] || fail "the root is not an overlay: $(stat -f -c %T /)"
echo result >"$VIREO_RESULTS/written"

# What keeps an emulated host awake whose timer's interrupt QEMU has lost.
keys() { awk '$1 == "1:" { print $2 }' /proc/interrupts; }
before=$(keys)
sleep 5
(($(keys) > before)) || fail "no key press came within 5 s"
