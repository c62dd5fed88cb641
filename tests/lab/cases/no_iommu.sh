#!/usr/bin/env bash
# A host without an IOMMU: the device is refused with the remedy, and stays with its driver.
# lab: --devices e1000e --no-iommu
# timeout: 120
source tests/lab/case.sh

card=$(nic)
make_initrd "$WORK/initrd" 'true'
write_guest "$WORK/bad.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $card}}"
status=0
"$VIREO" run "$WORK/bad.yaml" </dev/null >"$WORK/out" 2>&1 || status=$?
assert_equal 4 "$status" "exit code"
assert_contains "$WORK/out" "no IOMMU covers it"
assert_contains "$WORK/out" "intel_iommu=on"
assert_equal e1000e "$(driver_of "$card")" "the NIC's driver"
status=0
"$VIREO" doctor "$WORK/bad.yaml" >"$WORK/out" || status=$?
assert_equal 21 "$status" "doctor's exit code"
assert_contains "$WORK/out" "error    iommu: the IOMMU is off: no device can be given to a guest"
assert_contains "$WORK/out" "the firmware describes none"
assert_contains "$WORK/out" "no IOMMU covers it"
