#!/usr/bin/env bash
# The main job: a guest owns an NVMe VF, takes its interrupts by MSI-X, reads the bytes that are on the medium.
# lab: --devices nvme
# timeout: 400
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
expected=$(medium_sha)
make_initrd "$WORK/initrd" "$(<tests/lab/evidence.sh)" nvme
# The kernel as Debian packages it; the other cases boot the vmlinux in it, which is quicker.
VIREO_GUEST_KERNEL=$VIREO_GUEST_BZIMAGE write_guest "$WORK/main.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}" cpus=2 cmdline="console=ttyS0"
run_guest "$WORK/main.yaml" || fail "vireo ended with $?"
cp "$WORK/guest.log" "$VIREO_RESULTS/"
assert_contains "$WORK/guest.log" "sha256: $expected" "the medium's SHA-256"
assert_contains "$WORK/guest.log" "driver: nvme is bound to 0000:01:00.0" "the driver's line"
grep -qE 'interrupts: .*[1-9][0-9]* .*PCI-MSI.*nvme0q0' "$WORK/guest.log" || fail "no MSI-X interrupt was counted"
assert_equal none "$(driver_of "$vf")" "the VF's driver afterwards"
# What a stock kernel would say about tables and devices that are not as they should be.
for complaint in "ACPI Error" "ACPI Warning" "ACPI BIOS" "[Firmware Bug]" "can't claim" "bogus alignment" "failed to assign"; do
  assert_not_contains "$WORK/guest.log" "$complaint" "a complaint of the guest's kernel"
done
